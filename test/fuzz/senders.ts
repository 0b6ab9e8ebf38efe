import fc from "fast-check";
import type { Outcome } from "../../src/event/outcome.ts";
import type { Sender } from "../../src/reward/sender.ts";
import { KEY, request, senderTo } from "../reward/sending.ts";
import { type Answer, answers, brokenAnswers, type HostileReceiver, startHostileReceiver } from "./answers.ts";

const AT_ONCE = 48;
const TIMEOUT_MS = 250;
/** Beyond its deadline, on a machine that does other things. */
const MOST_MS = 60_000;

/** Something tried by the batch. */
export interface Batch {
	readonly name: string;
	/** @returns what went wrong; null: nothing */
	readonly run: (seed: number, cases: number) => Promise<string | null>;
}

/** The real sender against a receiver that answers with anything. */
export const SENDERS: readonly Batch[] = [
	{ name: "the sender, answers meant for others", run: (seed, cases) => against(answers, seed, cases) },
	{ name: "the sender, broken answers", run: (seed, cases) => against(brokenAnswers, seed, cases) },
];

async function against(arbitrary: fc.Arbitrary<Answer>, seed: number, cases: number): Promise<string | null> {
	using receiver = await startHostileReceiver(fc.sample(arbitrary, { seed, numRuns: cases }));
	await using sender = await senderTo(receiver.url, { connections: AT_ONCE, timeoutMs: TIMEOUT_MS });
	let sent = 0;
	let problem: string | null = null;
	const sendSome = async () => {
		while (sent++ < cases && problem === null) problem ??= await problemOf(sender, receiver);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
	return problem;
}

async function problemOf(sender: Sender, receiver: HostileReceiver): Promise<string | null> {
	const event = request();
	const begun = performance.now();
	const outcome: Outcome = await sender.send(event);
	if (performance.now() - begun > MOST_MS) return `took ${Math.round(performance.now() - begun)} ms to end`;
	if (JSON.stringify(outcome).includes(KEY)) return "shows the key";
	if (outcome.class === "accepted" && !receiver.applied.has(event.eventId)) return "took it for accepted; it was not";
	return null;
}
