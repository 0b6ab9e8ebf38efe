import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import type { DatabaseSession } from "../../src/relay/database-session.ts";
import type { Dispatcher, ReadyEvent } from "../../src/relay/dispatcher.ts";
import type { FaultAttribution } from "../../src/relay/fault-attribution.ts";
import { LeaseBook } from "../../src/relay/lease-book.ts";
import { SILENT_OBSERVER } from "../../src/relay/observers.ts";
import type { RelayParts, RelaySettings } from "../../src/relay/parts.ts";
import type { Recorder, Result } from "../../src/relay/recorder.ts";
import { Trip } from "../../src/relay/trip.ts";
import type { Claim, ClaimRequest } from "../../src/store/claim.ts";
import { ACCEPTED, refused } from "../event/outcomes.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { claimedEvent } from "./claimed-event.ts";
import { portWith } from "./dispatching.ts";

/** A trip through rooms that only say when they were entered. */
function tripThrough(outcome: Outcome, attribution: "event" | "unknown" = "unknown") {
	const steps: string[] = [];
	const results: Result[] = [];
	const lines: object[] = [];
	const leases = new LeaseBook();
	const parts = {
		clock: new ManualClock(),
		random: () => 0.5,
		sender: {
			send: async () => {
				steps.push("send");
				return outcome;
			},
		},
		observer: { ...SILENT_OBSERVER, attempt: () => steps.push("report") },
		log: { info: (line: object) => lines.push(line), warn: (line: object) => lines.push(line), error() {} },
	} as unknown as RelayParts;
	const trip = new Trip({
		settings: { name: "r", maxAttempts: 20, backoffBaseMs: 1_000, backoffCapMs: 1_000 } as RelaySettings,
		parts,
		session: {} as DatabaseSession,
		leases,
		dispatcher: { answered: () => steps.push("slot is free") } as unknown as Dispatcher,
		faults: {
			observe: () => outcome.class === "refused",
			attribute: async () => {
				steps.push("attribute");
				return attribution;
			},
		} as unknown as FaultAttribution,
		recorder: {
			record(result: Result) {
				steps.push("settle");
				results.push(result);
			},
		} as unknown as Recorder,
		port: portWith(),
	});
	return { trip, steps, results, lines, leases };
}

test("an accepted event is sent, frees its slot, is settled and reported, in this order", async () => {
	const { trip, steps, results, lines, leases } = tripThrough(ACCEPTED);
	leases.open("lease", 1, 60_000);
	await trip.deliver({ event: claimedEvent(1), startedAt: 0 });
	expect(steps).toEqual(["send", "slot is free", "settle", "report"]);
	expect(results).toMatchObject([{ decision: { next: "delivered" }, endsLease: true }]);
	expect(lines).toMatchObject([{ next: "delivered", next_attempt_in_ms: null }]);
});

test("a refusal that does not say whose fault it is goes past attribution, and what that says decides", async () => {
	const dead = tripThrough(refused("unexplained"), "event");
	await dead.trip.deliver({ event: claimedEvent(1), startedAt: 0 });
	expect(dead.steps).toEqual(["send", "slot is free", "attribute", "settle", "report"]);
	expect(dead.results).toMatchObject([{ decision: { next: "dead" } }]);
	const again = tripThrough(refused("unexplained"), "unknown");
	await again.trip.deliver({ event: claimedEvent(1), startedAt: 0 });
	expect(again.results).toMatchObject([{ decision: { next: "pending", excused: true } }]);
	expect(again.lines).toMatchObject([{ next: "pending", next_attempt_in_ms: expect.any(Number) }]);
});

describe("a claim", () => {
	const LEASE_MS = 10_000;
	const TIMEOUT_MS = 3_000;
	const REQUEST = { headLease: "head", dueLease: "due" } as ClaimRequest;

	/** A trip whose claim takes a second, and ends as the test says. */
	function claiming(claim: () => Promise<Claim>) {
		const clock = new ManualClock();
		const ready: ReadyEvent[] = [];
		const returned: string[] = [];
		const store = {
			claim: () => {
				clock.advance(1_000);
				return claim();
			},
			giveBack: async (lease: string) => returned.push(lease),
		};
		const parts = { clock, store, observer: SILENT_OBSERVER, persist: (work: () => unknown) => work() };
		const trip = new Trip({
			settings: { leaseMs: LEASE_MS, requestTimeoutMs: TIMEOUT_MS } as RelaySettings,
			parts: { ...parts, isTransient: (error: Error) => error.message === "cut off" } as unknown as RelayParts,
			session: { answered() {}, failed() {} } as unknown as DatabaseSession,
			leases: new LeaseBook(),
			dispatcher: { accept: (events: readonly ReadyEvent[]) => ready.push(...events) } as unknown as Dispatcher,
			faults: {} as FaultAttribution,
			recorder: {} as Recorder,
			port: portWith(),
		});
		return { trip, ready, returned };
	}

	test("is counted from before it was sent, and covers the whole deadline of each request", async () => {
		const events = [claimedEvent(1, { leaseId: "head" })];
		const { trip, ready } = claiming(async () => ({ events, moved: 0, more: false, nextDueMs: null }));
		await trip.claim(REQUEST);
		expect(ready).toMatchObject([{ claimedAt: 0 }]);
		expect(ready[0]?.sendBefore).toBeLessThan(LEASE_MS - TIMEOUT_MS);
		expect(ready[0]?.sendBefore).toBeGreaterThan(0);
	});

	test("whose answer was lost is given back, new events and those that waited: its commit may not have been lost", async () => {
		const { trip, returned, ready } = claiming(() => Promise.reject(new Error("cut off")));
		await expect(trip.claim(REQUEST)).rejects.toThrow("cut off");
		expect([returned, ready]).toEqual([["head", "due"], []]);
	});

	test("that the database refused has claimed nothing", async () => {
		const { trip, returned } = claiming(() => Promise.reject(new Error("refused")));
		await expect(trip.claim(REQUEST)).rejects.toThrow("refused");
		expect(returned).toEqual([]);
	});
});
