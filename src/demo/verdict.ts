import { OutboxError } from "../errors.ts";
import type { Outline } from "../store/demo-shop.ts";
import type { Narrator } from "./narrator.ts";
import { ROLLED_BACK } from "./story.ts";

/** What the sandbox says it received. */
interface Received {
	readonly total: number;
	readonly duplicates: number;
	readonly events: readonly { readonly user_id: string; readonly idempotency_key: string | null }[];
}

/**
 * Compares what the shop committed with what the sandbox received, and says so. @throws OutboxError when they differ.
 */
export async function compare(sandboxUrl: string, outlines: readonly Outline[], narrator: Narrator): Promise<void> {
	const response = await fetch(`${sandboxUrl}/events`);
	const { total, duplicates, events } = (await response.json()) as Received;
	if (events.some((event) => event.user_id === ROLLED_BACK)) {
		throw new OutboxError("demo_failed", "the purchase that was rolled back was sent");
	}
	const received = new Set(events.map((event) => event.idempotency_key));
	const missing = outlines.filter((outline) => !received.has(outline.id));
	if (missing.length > 0 || received.size !== outlines.length) {
		throw new OutboxError(
			"demo_failed",
			`${outlines.length} events were committed, the sandbox received ${received.size}`,
		);
	}
	narrator.good("The purchase that was rolled back was never sent.");
	narrator.good(`The sandbox received exactly ${received.size} events${repeated(total, duplicates)}.`);
}

/**
 * Reward documents no idempotency, so a sender that did not hear the answer has to choose: this one was told to repeat.
 */
function repeated(total: number, duplicates: number): string {
	if (duplicates === 0) return ", each of them once";
	return `, in ${total} requests: ${duplicates} had been applied before their connection broke (SELECT * FROM reward_outbox.attempts shows them)`;
}
