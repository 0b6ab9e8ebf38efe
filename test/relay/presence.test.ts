import { expect, test } from "vitest";
import type { DatabaseSession } from "../../src/relay/database-session.ts";
import { LeaseBook } from "../../src/relay/lease-book.ts";
import { PACE_OF_ONE } from "../../src/relay/parts.ts";
import { Presence, SEND_WITHIN_MS } from "../../src/relay/presence.ts";
import { WakeModes } from "../../src/relay/wake-mode.ts";
import type { CheckedIn } from "../../src/store/relays.ts";
import { ManualClock } from "../timing/manual-clock.ts";

const LEASE_MS = 60_000;

/** A relay with a lease open, whose word takes as long to be heard as the test says. */
function presenceByHand() {
	const clock = new ManualClock();
	const leases = new LeaseBook();
	leases.open("lease", 1, clock.now() + LEASE_MS);
	const lock = { heldBy: null, request() {}, release() {} };
	let takesMs = 0;
	const checkIn = async (): Promise<CheckedIn> => {
		clock.advance(takesMs);
		return { chosen: false, lockIsHeld: false, reapable: false, alone: false };
	};
	const presence = new Presence({
		settings: { pace: PACE_OF_ONE },
		parts: { store: { checkIn } as never, clock, wakeLock: lock },
		session: { relayNo: 1 } as DatabaseSession,
		leases,
		wakeModes: new WakeModes(clock, lock, () => {}),
		port: { isAble: () => true, reapable() {} },
	});
	const speak = async (ms = 1) => {
		takesMs = ms;
		await presence.round();
	};
	return { clock, presence, speak };
}

test("what was claimed may be sent for as long as the relay goes on saying that it lives, each time counted from before it was said", async () => {
	const { clock, presence, speak } = presenceByHand();
	const claimedAt = clock.now();
	expect(presence.mayBeSentUntil(claimedAt)).toBe(claimedAt + SEND_WITHIN_MS);
	for (let n = 0; n < 20; n++) {
		clock.advance(800);
		const askedAt = clock.now();
		await speak();
		expect(presence.mayBeSentUntil(claimedAt)).toBe(askedAt + SEND_WITHIN_MS);
	}
});

test("what was claimed before a silence may have been reaped, and is not sent when the relay speaks again", async () => {
	const { clock, presence, speak } = presenceByHand();
	await speak();
	const before = clock.now();
	clock.advance(SEND_WITHIN_MS + 500);
	await speak();
	expect(presence.mayBeSentUntil(before)).toBeLessThan(clock.now());
	expect(presence.mayBeSentUntil(clock.now())).toBeGreaterThan(clock.now());
});

test("a word that was long under way counts as a silence: others may have judged before it was heard", async () => {
	const { clock, presence, speak } = presenceByHand();
	await speak();
	const before = clock.now();
	clock.advance(500);
	await speak(SEND_WITHIN_MS);
	expect(presence.mayBeSentUntil(before)).toBeLessThan(clock.now());
});
