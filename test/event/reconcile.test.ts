import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOCK_SLACK_MS, matchReceipts } from "../../src/event/receipt-matching.ts";
import {
	horizonMs,
	isBurst,
	type KeyEvidence,
	type Others,
	type ReceiptHabits,
	reconcile,
	type Send,
} from "../../src/event/reconcile.ts";
import { MOST_RISK, type ReceiptsAround, riskOfSilence } from "../../src/event/silence.ts";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
/** Fast webhooks: the horizon is an hour. */
const HABITS: ReceiptHabits = { measured: 500, unexplained: 0, median_ms: 300, p99_ms: 2_000 };
const heardOf = (accepted: number, confirmed: number): Others => ({
	around: { accepted, confirmed },
	alike: { ended: 100, heard: 5 },
});
const HEARD = heardOf(100, 95);

const sent = (event_id: string, at: number, accepted = false, attempt = 1): Send => ({
	event_id,
	attempt,
	accepted,
	at,
});
const key = (sends: Send[], receipts: number[], more: Partial<KeyEvidence> = {}): KeyEvidence => ({
	trigger_id: "paid",
	whole: true,
	sends: sends.toSorted((a, b) => a.at - b.at),
	receipts: receipts.toSorted((a, b) => a - b),
	ended: { http_status: null, error_code: "ECONNRESET" },
	now: NOW,
	...more,
});
const verdict = (evidence: KeyEvidence, others: Others | null = HEARD, habits = HABITS) =>
	reconcile("e", evidence, habits, others).verdict;

describe("one event in doubt", () => {
	const AT = NOW - 2 * HOUR;
	const SOON = AT + 500;

	test.each<[string, KeyEvidence, string]>([
		["and one receipt: it was applied", key([sent("e", AT)], [SOON]), "confirmed"],
		["and none, long ago: it was not", key([sent("e", AT)], []), "not_recorded"],
		["and none, just now: one may still come", key([sent("e", NOW - 1_000)], []), "waiting"],
		[
			"beside an accepted one, with one receipt: it was not",
			key([sent("a", AT, true), sent("e", AT)], [SOON]),
			"not_recorded",
		],
		["beside an accepted one, with two: it was", key([sent("a", AT, true), sent("e", AT)], [SOON, SOON]), "confirmed"],
		["beside another in doubt, with one: nobody knows which", key([sent("d", AT), sent("e", AT)], [SOON]), "shared"],
		["beside another in doubt, with two: both were", key([sent("d", AT), sent("e", AT)], [SOON, SOON]), "confirmed"],
		[
			"tried twice, with one: one of the two was",
			key([sent("e", AT), sent("e", AT + 9_000, false, 2)], [SOON + 9_000]),
			"confirmed",
		],
		[
			"accepted later, with two receipts: it was applied twice",
			key([sent("e", AT), sent("e", AT + 9_000, true, 2)], [SOON, SOON + 9_000]),
			"confirmed",
		],
		[
			"accepted later, with one: once",
			key([sent("e", AT), sent("e", AT + 9_000, true, 2)], [SOON + 9_000]),
			"not_recorded",
		],
		[
			"whose accepted neighbour is older than a receipt can be late",
			key([sent("a", AT - 5 * HOUR, true), sent("e", AT)], [SOON]),
			"confirmed",
		],
		["and a receipt from before it was sent", key([sent("e", AT)], [AT - CLOCK_SLACK_MS - 1]), "not_recorded"],
		["and a receipt that is on record a moment before it", key([sent("e", AT)], [AT - 10]), "confirmed"],
		["that has been decided", key([sent("e", AT, true)], [SOON]), "settled"],
		["among too many that are alike", key([sent("e", AT)], [SOON], { whole: false }), "too_many"],
	])("%s", (_name, evidence, expected) => {
		expect(verdict(evidence)).toBe(expected);
	});

	test("more receipts than requests are told as surplus", () => {
		const evidence = reconcile("e", key([sent("a", AT, true), sent("e", AT)], [SOON, SOON, SOON, SOON]), HABITS, HEARD);
		expect(evidence).toMatchObject({ verdict: "confirmed", surplus: 2, accepted: 1, ambiguous: 1, receipts: 4 });
	});

	test("silence says nothing where few were heard, or nobody looked", () => {
		const silent = key([sent("e", AT)], []);
		expect(verdict(silent, null)).toBe("unheard");
		expect(verdict(silent, heardOf(19, 19))).toBe("unheard");
		expect(verdict(silent, heardOf(100, 79))).toBe("unheard");
		expect(verdict(silent, heardOf(20, 16))).toBe("not_recorded");
	});

	test("how likely silence deceives is told with it, and with nothing else", () => {
		const silent = reconcile("e", key([sent("e", AT)], []), HABITS, HEARD);
		expect(silent.risk).toBe(riskOfSilence(HEARD.around, HEARD.alike));
		expect(reconcile("e", key([sent("e", AT)], [SOON]), HABITS, HEARD).risk).toBeNull();
		expect(reconcile("e", key([sent("e", AT)], []), HABITS, null).risk).toBeNull();
	});

	test("a burst of receipts that nothing explains confirms nothing", () => {
		expect(verdict(key([sent("e", AT)], [SOON]), HEARD, { ...HABITS, measured: 30, unexplained: 6 })).toBe("burst");
		expect(isBurst({ ...HABITS, unexplained: 50 })).toBe(false);
		expect(isBurst({ ...HABITS, unexplained: 51 })).toBe(true);
	});
});

test("a receipt is waited for longer than any was seen to take, an hour at least and a day at most", () => {
	expect(horizonMs(HABITS)).toBe(HOUR);
	expect(horizonMs({ ...HABITS, p99_ms: HOUR })).toBe(4 * HOUR);
	expect(horizonMs({ ...HABITS, p99_ms: 20 * HOUR })).toBe(24 * HOUR);
	expect(horizonMs({ ...HABITS, measured: 19 })).toBe(24 * HOUR);
	expect(horizonMs({ measured: 0, unexplained: 0, median_ms: null, p99_ms: null })).toBe(24 * HOUR);
});

describe("the risk that silence deceives", () => {
	const ALL_HEARD: ReceiptsAround = { accepted: 500, confirmed: 500 };
	const MOST_HEARD: ReceiptsAround = { accepted: 500, confirmed: 475 };

	test.each<[string, ReceiptsAround, { ended: number; heard: number }, boolean]>([
		["nothing is known of others that ended so", ALL_HEARD, { ended: 0, heard: 0 }, false],
		["of a few that ended so none was applied", MOST_HEARD, { ended: 10, heard: 0 }, false],
		["of many that ended so none was applied", MOST_HEARD, { ended: 40, heard: 0 }, true],
		["half were applied, and one receipt in twenty is lost", MOST_HEARD, { ended: 500, heard: 240 }, false],
		["half were applied, and no receipt is lost", ALL_HEARD, { ended: 500, heard: 250 }, true],
		[
			"half were applied, and too few were accepted to know",
			{ accepted: 20, confirmed: 20 },
			{ ended: 500, heard: 250 },
			false,
		],
		["all were applied", ALL_HEARD, { ended: 500, heard: 500 }, false],
	])("%s", (_name, around, alike, isLow) => {
		expect(riskOfSilence(around, alike) <= MOST_RISK).toBe(isLow);
	});

	test("is a share, grows with what is lost and with what was applied, and shrinks with what is known", () => {
		const count = fc.integer({ min: 0, max: 300 });
		fc.assert(
			fc.property(count, count, count, count, (lost, confirmed, heard, silent) => {
				const around = { accepted: lost + confirmed, confirmed };
				const risk = riskOfSilence(around, { ended: heard + silent, heard });
				expect(risk).toBeGreaterThanOrEqual(0);
				expect(risk).toBeLessThanOrEqual(1);
				expect(riskOfSilence(around, { ended: heard + silent + 1, heard: heard + 1 })).toBeGreaterThanOrEqual(
					risk - 1e-9,
				);
				const lostMore = { accepted: lost + confirmed + 1, confirmed };
				expect(riskOfSilence(lostMore, { ended: heard + silent, heard })).toBeGreaterThanOrEqual(risk - 1e-9);
				const twice = { ended: 2 * (heard + silent), heard: 2 * heard };
				expect(
					riskOfSilence({ accepted: 2 * (lost + confirmed), confirmed: 2 * confirmed }, twice),
				).toBeLessThanOrEqual(risk + 1e-9);
			}),
		);
	});
});

/** The most receipts that can be given a request each, found by trying: for comparison. */
function mostExplained(sentAt: number[], receivedAt: number[], horizon: number): number {
	const takenBy = new Map<number, number>();
	const give = (receipt: number, tried: Set<number>): boolean =>
		sentAt.some((at, send) => {
			const received = receivedAt[receipt] as number;
			if (tried.has(send) || received < at - CLOCK_SLACK_MS || received > at + horizon) return false;
			tried.add(send);
			const holder = takenBy.get(send);
			if (holder !== undefined && !give(holder, tried)) return false;
			takenBy.set(send, receipt);
			return true;
		});
	return receivedAt.filter((_, receipt) => give(receipt, new Set())).length;
}

const times = fc.array(
	fc.integer({ min: 0, max: 8 }).map((n) => n * 20_000),
	{ maxLength: 9 },
);

test("receipts are given as many requests as there can be", () => {
	fc.assert(
		fc.property(times, times, fc.integer({ min: 0, max: 4 }), (sends, receipts, n) => {
			const [sentAt, receivedAt] = [sends.toSorted((a, b) => a - b), receipts.toSorted((a, b) => a - b)];
			const { explained, confirmed, unexplained } = matchReceipts(sentAt, receivedAt, n * 20_000);
			expect(explained).toBe(mostExplained(sentAt, receivedAt, n * 20_000));
			expect(confirmed.filter(Boolean)).toHaveLength(explained);
			expect(unexplained).toHaveLength(receivedAt.length - explained);
		}),
		{ numRuns: 2_000 },
	);
});

/**
 * What really happened: when each request was sent, whether it was applied, and how long its receipt took; null: lost.
 */
const history = fc.array(
	fc.record({
		event: fc.constantFrom("e", "b", "c", "d"),
		at: fc.integer({ min: 0, max: 6 }).map((n) => NOW - 10 * HOUR + n * 20 * 60_000),
		accepted: fc.boolean(),
		applied: fc.boolean(),
		delay: fc.option(fc.integer({ min: 0, max: HOUR }), { freq: 4 }),
	}),
	{ minLength: 1, maxLength: 8 },
);

function told(requests: readonly (typeof history extends fc.Arbitrary<infer T> ? T : never)[number][]): KeyEvidence {
	const sends = requests.map(({ event, at, accepted }, n) => sent(event, at, accepted, n));
	const receipts = requests.flatMap(({ at, accepted, applied, delay }) =>
		(accepted || applied) && delay !== null ? [at + delay] : [],
	);
	return key(sends, receipts);
}

test("whatever was lost or late: what is confirmed was applied, as long as nobody makes receipts up", () => {
	fc.assert(
		fc.property(history, (requests) => {
			const inDoubt = requests.filter(({ event, accepted }) => event === "e" && !accepted);
			const found = reconcile("e", told(requests), HABITS, HEARD);
			expect(found.surplus).toBe(0);
			if (found.verdict === "confirmed") expect(inDoubt.some(({ applied }) => applied)).toBe(true);
		}),
		{ numRuns: 5_000 },
	);
});

test("and where none was lost, what is said not to be recorded was not applied, and every one that stands alone is decided", () => {
	fc.assert(
		fc.property(history, (requests) => {
			const kept = requests.map((request) => ({ ...request, delay: request.delay ?? 0 }));
			const inDoubt = kept.filter(({ event, accepted }) => event === "e" && !accepted);
			const { verdict: found } = reconcile("e", told(kept), HABITS, HEARD);
			if (found === "not_recorded") expect(inDoubt.some(({ applied }) => applied)).toBe(false);
			const others = kept.filter((request) => !request.accepted && request.event !== "e");
			if (inDoubt.length > 0 && others.length === 0) expect(["confirmed", "not_recorded"]).toContain(found);
		}),
		{ numRuns: 5_000 },
	);
});

test("a receipt more never turns what is confirmed into what is not recorded", () => {
	fc.assert(
		fc.property(history, fc.integer({ min: 0, max: 6 }), (requests, n) => {
			const before = told(requests);
			const more = key([...before.sends], [...before.receipts, NOW - 10 * HOUR + n * 20 * 60_000]);
			if (verdict(before) === "confirmed") expect(verdict(more)).not.toBe("not_recorded");
		}),
		{ numRuns: 2_000 },
	);
});
