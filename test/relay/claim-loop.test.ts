import { expect, test } from "vitest";
import type { Identity } from "../../src/event/which-database.ts";
import { ClaimLoop } from "../../src/relay/claim-loop.ts";
import { DatabaseSession } from "../../src/relay/database-session.ts";
import type { Dispatcher } from "../../src/relay/dispatcher.ts";
import { FaultAttribution } from "../../src/relay/fault-attribution.ts";
import { LeaseBook } from "../../src/relay/lease-book.ts";
import { SILENT_OBSERVER } from "../../src/relay/observers.ts";
import type { RelayParts, RelaySettings } from "../../src/relay/parts.ts";
import { Recorder } from "../../src/relay/recorder.ts";
import { Trip } from "../../src/relay/trip.ts";
import type { Claim } from "../../src/store/claim.ts";
import type { DatabaseFacts, Remembered } from "../../src/store/identity.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { claimedEvent } from "./claimed-event.ts";
import { dispatcherTo, portWith } from "./dispatching.ts";

const POLL_MS = 60_000;
const IDENTITY: Identity = { systemIdentifier: "1", databaseOid: 1, outboxOid: 1, timeline: "1" };
const REMEMBERED: Remembered = {
	proofId: "id",
	installationId: "i",
	lineage: [],
	systemIdentifier: "1",
	timeline: "1",
	flushedLsn: null,
	nextXid: "1",
	beats: "0",
	headPosition: "1",
};
/** A database that is the one to send from. */
const SOUND: DatabaseFacts = {
	installationId: "i",
	knowsRelay: true,
	missingLeases: [],
	memoryOf: "nothing",
	recorded: IDENTITY,
	found: IDENTITY,
	isOriginal: true,
	hasForeignEvents: false,
	idsWentBack: false,
	doubt: null,
	isEmpty: true,
	wasUsed: false,
	memory: "none",
	awaited: [],
	unheard: [],
};

/** A dispatcher whose requests never answer. */
function hangingDispatcher(clock: ManualClock, concurrency: number): Dispatcher {
	return dispatcherTo(() => new Promise(() => {}), { clock, concurrency });
}

/** The loop of the core, run by hand: its claims are answered when the test says so, with what it says. */
function loopByHand() {
	const clock = new ManualClock();
	const answers: ((claim: Claim | Promise<never>) => void)[] = [];
	const parts = {
		store: {
			readDatabaseFacts: async () => SOUND,
			prove: async () => REMEMBERED,
			registerRelay: async () => 1,
			wakeRelays: async () => {},
			giveBack: async () => 0,
			claim: () => new Promise((resolve) => answers.push(resolve)),
		},
		stateFile: null,
		wakeLock: { heldBy: null, request() {}, release() {} },
		clock,
		random: () => 0.5,
		newId: () => "id",
		log: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} },
		observer: SILENT_OBSERVER,
		persist: (statement: () => unknown) => statement(),
		isTransient: () => true,
	} as unknown as RelayParts;
	const settings = {
		name: "r",
		version: "0",
		concurrency: 4,
		requestTimeoutMs: 1_000,
		leaseMs: 10_000,
		pollIntervalMs: POLL_MS,
		pace: { aloneMs: 4_000, listeningPolls: 1 },
	} as RelaySettings;
	const port = portWith();
	const session = new DatabaseSession(settings, parts, port);
	const dispatcher = hangingDispatcher(clock, 4);
	const faults = new FaultAttribution({ settings, parts, session, port });
	const recorder = new Recorder({ parts, session, dispatcher, port });
	const trip = new Trip({ settings, parts, session, leases: new LeaseBook(), dispatcher, faults, recorder, port });
	const loop = new ClaimLoop({ settings, parts, session, dispatcher, trip, port });
	/** Waits for the claim of a round that has begun, and answers it. */
	const answer = async (claim: Partial<Claim> = {}) => {
		await expect.poll(() => answers.length).toBeGreaterThan(0);
		answers.shift()?.({ events: [], moved: 0, more: false, nextDueMs: null, ...claim });
	};
	return { clock, loop, answer, answers };
}

test("what becomes due while a claim is under way is not forgotten when the claim answers that nothing waits", async () => {
	const { loop, answer, answers } = loopByHand();
	const round = loop.round();
	await expect.poll(() => answers.length).toBe(1);
	loop.dueIn(3);
	await answer({ nextDueMs: null });
	expect(await round).toBe(3);
});

test("when the wake lock is granted while a claim is under way, another one follows at once", async () => {
	const { loop, answer, answers } = loopByHand();
	loop.wakeModes.choose(true);
	const round = loop.round();
	await expect.poll(() => answers.length).toBe(1);
	loop.wakeModes.on("held");
	await answer();
	expect(await round).toBeLessThanOrEqual(0);
});

test("when a claim had no room to look at what is due, the next one comes at once", async () => {
	const { loop, answer } = loopByHand();
	const round = loop.round();
	await answer({ nextDueMs: undefined });
	expect(await round).toBeLessThanOrEqual(0);
});

test("a claim that fails is followed by another one at once: nothing is known of what is there", async () => {
	const { loop, answer, answers } = loopByHand();
	await Promise.all([loop.round(), answer()]);
	loop.wake();
	const failing = loop.round();
	await expect.poll(() => answers.length).toBe(1);
	answers.shift()?.(Promise.reject(new Error("the database went away")));
	await expect(failing).rejects.toThrow("the database went away");
	await Promise.all([loop.round(), answer()]);
	await loop.round();
	expect(answers).toEqual([]);
});

test("it looks at the poll interval although nobody notifies", async () => {
	const { clock, loop, answer, answers } = loopByHand();
	await Promise.all([loop.round(), answer()]);
	await loop.round();
	expect(answers).toEqual([]);
	clock.advance(1.1 * POLL_MS);
	await Promise.all([loop.round(), answer()]);
});

test("what is due and cannot be claimed, because somebody holds its rows, is not asked for without a pause", async () => {
	const { loop, answer } = loopByHand();
	const round = loop.round();
	await answer({ nextDueMs: 0 });
	expect(await round).toBeGreaterThan(0);
});

test("there is always room, or a time when there will be, while a trigger hangs: also at the very moment it counts as hanging", () => {
	class TickingClock extends ManualClock {
		// No two readings are the same.
		override now(): number {
			this.advance(0.05);
			return super.now();
		}
	}
	const clock = new TickingClock();
	const dispatcher = hangingDispatcher(clock, 4);
	dispatcher.accept(
		[1, 2, 3, 4].map((n) => ({ event: claimedEvent(n), sendBefore: Number.POSITIVE_INFINITY, claimedAt: 0 })),
	);
	expect(dispatcher.inFlight).toBe(4);
	for (let free = 0; free === 0; ) {
		const room = dispatcher.room();
		free = room.free;
		expect(free > 0 || (room.waitMs ?? -1) > 0).toBe(true);
	}
});
