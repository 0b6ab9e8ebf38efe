import { expect } from "vitest";
import { checkInvariants, type InvariantOptions } from "../lifecycle/invariants.ts";
import type { TestDatabase } from "../support/database.ts";
import type { ScriptedReward } from "../support/scripted-reward.ts";

/**
 * What must hold after every test, whatever was done to the relay. All relays must have stopped, or have nothing left
 * to do.
 */
export async function expectInvariants(
	database: TestDatabase,
	reward: ScriptedReward,
	options: InvariantOptions = {},
): Promise<void> {
	expect((await checkInvariants(database, reward, options)).violations).toEqual([]);
}
