import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import { ACCEPTED, ambiguous } from "../event/outcomes.ts";
import { insert } from "../store/events.ts";
import { hang, startScriptedReward, success } from "../support/scripted-reward.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { claimedEvent } from "./claimed-event.ts";
import { dispatcherTo } from "./dispatching.ts";
import { countByStatus, relayDatabase, startRelay, until, untilAll } from "./running.ts";

const TIMEOUT_MS = 15_000;
const GOOD_MS = 10;
const GOOD_EVERY_MS = 20;
const STEP_MS = 5;
const DURATION_MS = 40_000;
const HANG_AT_MS = 100;

interface Lane {
	readonly triggerId: string;
	/** Of its due events, when each was written. */
	readonly due: number[];
}

/**
 * A relay in simulated time: some triggers hang until their time-out and always have more to send, one is good and has
 * an event now and then. Claims are as the database makes them: an equal share for each trigger that is not left out.
 * @returns the longest that a good event waited to be sent
 */
async function worstWaitMs(hanging: number, slots: number): Promise<number> {
	const clock = new ManualClock();
	const lanes: Lane[] = Array.from({ length: hanging }, (_, n) => ({ triggerId: `hangs-${n}`, due: [] }));
	const good: Lane = { triggerId: "good", due: [] };
	const written = new Map<string, number>();
	let worst = 0;
	let no = 0;
	const send = ({ triggerId, eventId }: ClaimedEvent) => {
		const isGood = triggerId === good.triggerId;
		if (isGood) worst = Math.max(worst, clock.now() - (written.get(eventId) ?? 0));
		return new Promise<Outcome>((resolve) => {
			clock.after(isGood ? GOOD_MS : TIMEOUT_MS, () => resolve(isGood ? ACCEPTED : { ...ambiguous(), isWhole: false }));
		});
	};
	const giveBack = (events: readonly ClaimedEvent[]) => {
		for (const event of events) if (event.triggerId === good.triggerId) good.due.push(written.get(event.eventId) ?? 0);
	};
	const dispatcher = dispatcherTo(send, { clock, concurrency: slots }, { giveBack });
	const claim = () => {
		const { free } = dispatcher.room();
		const { heldBack, probing } = dispatcher.restrictions(false);
		// The good one has answered before anything hangs: nobody can tell one that never has from those that hang.
		const open = (clock.now() < HANG_AT_MS ? [good] : [...lanes, good]).filter(
			({ triggerId }) => !heldBack.includes(triggerId),
		);
		let room = free;
		for (const [n, lane] of open.entries()) {
			const share = Math.ceil(room / (open.length - n));
			const most = probing.includes(lane.triggerId) ? Math.min(1, share) : share;
			const taken = lane === good ? lane.due.splice(0, most) : Array.from({ length: most }, () => clock.now());
			room -= taken.length;
			dispatcher.accept(
				taken.map((at) => {
					const event = claimedEvent(++no, { triggerId: lane.triggerId });
					written.set(event.eventId, at);
					return { event, sendBefore: Number.POSITIVE_INFINITY, claimedAt: 0 };
				}),
			);
		}
	};
	for (let now = 0; now < DURATION_MS; now += STEP_MS) {
		if (now % GOOD_EVERY_MS === 0) good.due.push(now);
		claim();
		clock.advance(STEP_MS);
		// The outcomes of requests are promises.
		await Promise.resolve();
		await Promise.resolve();
	}
	return worst;
}

test("a good event waits half a second at worst, however many triggers hang", async () => {
	const waits = await Promise.all([1, 2, 3, 4, 8, 16, 40, 100].map((hanging) => worstWaitMs(hanging, 16)));
	for (const wait of waits) expect(wait).toBeLessThanOrEqual(550);
});

test("with any number of slots and triggers it is never more than twice that", async () => {
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 64 }), async (hanging, slots) => {
			expect(await worstWaitMs(hanging, slots)).toBeLessThanOrEqual(1_050);
		}),
		{ numRuns: 40 },
	);
});

test("a real relay sends what is good while eight triggers hang, long before any of those times out", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward({
		script: ({ triggerId }) => (triggerId === "good" ? success() : hang()),
	});
	await using relay = await startRelay(database, reward, { requestTimeoutMs: 60_000, leaseMs: 70_000 });
	await insert(database, { trigger: "good" });
	await untilAll(database, { delivered: 1 });
	for (let n = 0; n < 8; n++) await insert(database, { trigger: `hangs-${n}` }, 10);
	await reward.waitFor(({ requests }) => requests.length === 1 + 8);
	await insert(database, { trigger: "good" }, 50);
	await until("the good ones are delivered", async () => (await countByStatus(database))["delivered"] === 51, 20_000);
	expect(reward.requests.filter(({ triggerId }) => triggerId !== "good").length).toBeLessThanOrEqual(16);
	await relay.stop(100);
});
