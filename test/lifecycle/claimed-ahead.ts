import type { TestDatabase } from "../support/database.ts";
import { delayed, type ScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until } from "./facts.ts";
import { Gate } from "./gate.ts";

const EVENTS = 600;
/** Enough answers for a relay to know its own speed, and to claim ahead accordingly. */
const ANSWERED_FIRST = 200;
const ATTEMPTS = 10;

export interface ClaimedAhead {
	/** Holds as many requests as the relay has slots. */
	readonly gate: Gate;
	/** Written so far. */
	readonly events: number;
}

/**
 * Brings a busy relay to a moment that a crash test wants to hit: all its slots are taken by requests that Reward
 * holds, and more events are claimed than that, of which no byte has been sent. On a busy machine it may take more than
 * one attempt.
 * @param slots the relay's concurrency
 */
export async function untilClaimedAhead(
	database: TestDatabase,
	reward: ScriptedReward,
	slots: number,
): Promise<ClaimedAhead> {
	for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
		const before = reward.applied.length;
		reward.respond(() => delayed(4, success()));
		await emitEvents(database.pool, EVENTS);
		await reward.waitFor(({ applied }) => applied.length >= before + ANSWERED_FIRST, 30_000);
		const gate = new Gate();
		reward.respond(gate.script);
		await reward.waitFor(() => gate.held.length === slots);
		if (await isClaimedAhead(database, slots)) return { gate, events: attempt * EVENTS };
		gate.release(success);
	}
	throw new Error(`the relay never claimed more than ${slots} events`);
}

function isClaimedAhead(database: TestDatabase, slots: number): Promise<boolean> {
	const sending = "SELECT coalesce(sum(events), 0)::integer FROM reward_outbox.depth WHERE status = 'sending'";
	return until(
		"more is claimed than is in flight",
		async () => (await readValue<number>(database, sending)) > slots,
		300,
	).then(
		() => true,
		() => false,
	);
}
