import { ADMINISTRATOR_FAULTS } from "./administrators.ts";
import type { Fault } from "./fault.ts";
import { NETWORK_FAULTS } from "./network.ts";
import { RECEIVER_FAULTS } from "./receiver.ts";
import { RELAY_FAULTS } from "./relays.ts";
import { SERVER_FAULTS } from "./servers.ts";
import { SESSION_FAULTS } from "./sessions.ts";

/** By what they strike. Another order, or another one in it, changes what a seed draws. */
export const MATRIX = {
	relays: RELAY_FAULTS,
	"their sessions": SESSION_FAULTS,
	PostgreSQL: SERVER_FAULTS,
	"the network": NETWORK_FAULTS,
	Reward: RECEIVER_FAULTS,
	administrators: ADMINISTRATOR_FAULTS,
} satisfies Record<string, readonly Fault[]>;

export const FAULTS: readonly Fault[] = Object.values(MATRIX).flat();
