import type { Dispatcher } from "undici";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { MAX_RESPONSE_BYTES } from "../../src/reward/classify.ts";
import { DeadlineQueue, type Timed } from "../../src/reward/deadlines.ts";
import { Exchange } from "../../src/reward/exchange.ts";

function begin(timeoutMs = 60_000) {
	const deadlines = new DeadlineQueue(timeoutMs);
	const outcomes: Outcome[] = [];
	const said = { unasked: 0 };
	const context = { deadlines, now: () => 0, redact: (text: string) => text, breaches: () => said.unasked };
	const exchange = new Exchange(context, (outcome) => outcomes.push(outcome));
	let aborts = 0;
	const controller = { abort: () => void aborts++ } as unknown as Dispatcher.DispatchController;
	return { exchange, controller, outcomes, said, aborts: () => aborts };
}

/** The same with its first byte on the way. */
function sent() {
	const begun = begin();
	begun.exchange.onRequestStart(begun.controller);
	return begun;
}

function answered(status: number, pieces: readonly (string | Buffer)[], headers = {}) {
	const begun = sent();
	begun.exchange.onResponseStart(begun.controller, status, headers);
	for (const piece of pieces) begun.exchange.onResponseData(begun.controller, Buffer.from(piece));
	return begun;
}

/** When everything has been said that comes in the same turn of the event loop, and the next. */
const twoTurns = () =>
	new Promise<void>((resolve) => void setImmediate(() => setImmediate(() => setImmediate(resolve))));

test("a second start of the same request is stopped before a byte of it is written, and is ambiguous", () => {
	const { exchange, controller, outcomes } = begin();
	exchange.onRequestStart(controller);
	// undici takes an error from this callback as: drop the request, leave the connection alone.
	expect(() => exchange.onRequestStart(controller)).toThrow();
	exchange.onResponseError(controller, new Error("stopped"));
	expect(outcomes).toMatchObject([{ class: "ambiguous", errorCode: "resend_prevented" }]);
});

test("a request that has expired in the queue is stopped when its turn comes", () => {
	const { exchange, controller, outcomes } = begin();
	exchange.expire();
	expect(() => exchange.onRequestStart(controller)).toThrow();
	expect(outcomes).toMatchObject([{ class: "not_sent", errorCode: "deadline" }]);
});

test("one whose deadline has passed is stopped too when the timer has not come round to it: the process stood still", () => {
	const { exchange, controller, outcomes } = begin(0);
	expect(() => exchange.onRequestStart(controller)).toThrow();
	expect(outcomes).toMatchObject([{ class: "not_sent", errorCode: "deadline" }]);
});

test("an answer that goes on beyond what an answer may have is read no further", () => {
	const { exchange, controller, outcomes, aborts } = begin();
	exchange.onRequestStart(controller);
	exchange.onResponseStart(controller, 200, {});
	for (let n = 0; n < 7; n++) exchange.onResponseData(controller, Buffer.alloc(10_000, " "));
	expect([outcomes, aborts()]).toMatchObject([[{ class: "ambiguous", errorCode: "response_too_large" }], 1]);
});

test("an answer is accepted two turns later, if nothing more was said on the connection by then", async () => {
	const accepted = answered(200, ['{"success":true}']);
	accepted.exchange.onResponseEnd();
	expect(accepted.outcomes).toEqual([]);
	const doubted = answered(200, ['{"success":true}']);
	doubted.exchange.onResponseEnd();
	doubted.said.unasked++;
	await twoTurns();
	expect(accepted.outcomes).toMatchObject([{ class: "accepted", httpStatus: 200 }]);
	expect(doubted.outcomes).toMatchObject([{ class: "ambiguous", errorCode: "unsolicited_bytes" }]);
});

test("what was said before the answer does not count against it", async () => {
	const { exchange, outcomes, said } = answered(200, ['{"success":true}']);
	said.unasked++;
	exchange.onResponseEnd();
	await twoTurns();
	expect(outcomes).toMatchObject([{ class: "accepted" }]);
});

test("nothing that comes after an outcome changes it, not even the deadline", async () => {
	const { exchange, controller, outcomes, aborts } = answered(200, ['{"success":true}']);
	exchange.onResponseEnd();
	exchange.expire();
	exchange.abandon();
	exchange.onResponseError(controller, new Error("late"));
	exchange.onResponseEnd();
	await twoTurns();
	expect(outcomes).toMatchObject([{ class: "accepted" }]);
	expect(aborts()).toBe(2);
});

test("an interim answer is not the answer, but says how far it got", () => {
	const { exchange, controller, outcomes } = sent();
	exchange.onResponseStart(controller, 102, { "content-length": "99999999" });
	exchange.onResponseStart(controller, 199, {});
	exchange.onResponseError(controller, Object.assign(new Error("reset"), { code: "ECONNRESET" }));
	expect(outcomes).toMatchObject([{ class: "ambiguous", httpStatus: 199, errorCode: "ECONNRESET" }]);
	const silent = sent();
	silent.exchange.onResponseError(silent.controller, new Error("reset"));
	expect(silent.outcomes).toMatchObject([{ class: "ambiguous", httpStatus: null }]);
});

test("a body in however many pieces is read as one", () => {
	const body = `{"error":{"code":"missing_field","message":"${"é".repeat(900)}"}}`;
	const bytes = Buffer.from(body);
	for (const size of [1, 7, 1_000, bytes.length]) {
		const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
			bytes.subarray(n * size, (n + 1) * size),
		);
		const { exchange, outcomes } = answered(400, pieces);
		exchange.onResponseEnd();
		expect(outcomes).toMatchObject([
			{ class: "refused", fault: "event", errorCode: "missing_field", errorMessage: expect.stringMatching(/^é+/) },
		]);
	}
});

test("pieces are not what they were given in: whoever gave them may write over them", () => {
	const [first, second] = [Buffer.from('{"error":{"code":'), Buffer.from('"missing_field"}}')];
	const { exchange, controller, outcomes } = answered(400, []);
	exchange.onResponseData(controller, first);
	exchange.onResponseData(controller, second);
	first.fill("x");
	second.fill("x");
	exchange.onResponseEnd();
	expect(outcomes).toMatchObject([{ class: "refused", errorCode: "missing_field" }]);
});

test.each([
	[MAX_RESPONSE_BYTES, "accepted"],
	[MAX_RESPONSE_BYTES + 1, "ambiguous"],
])("of %i bytes an answer is %s, announced or not", async (bytes, expected) => {
	const body = '{"success":true}'.padEnd(bytes);
	const half = bytes >> 1;
	const unannounced = answered(200, [body.slice(0, half), body.slice(half)]);
	unannounced.exchange.onResponseEnd();
	const announced = answered(200, expected === "accepted" ? [body] : [], { "content-length": String(bytes) });
	if (expected === "accepted") announced.exchange.onResponseEnd();
	await twoTurns();
	for (const { outcomes, aborts } of [announced, unannounced]) {
		expect(outcomes.map((outcome) => outcome.class)).toEqual([expected]);
		expect(aborts()).toBe(expected === "accepted" ? 0 : 1);
	}
});

test.each([
	["expire", "deadline", "no connection to send on before the deadline", "no complete answer before the deadline"],
	["abandon", "stopped", "the relay was stopped before an answer came", "the relay was stopped before an answer came"],
] as const)("%s: nothing left before the first byte, and afterwards nobody knows", (what, errorCode, before, after) => {
	const waiting = begin();
	waiting.exchange[what]();
	expect(waiting.outcomes).toMatchObject([{ class: "not_sent", errorCode, errorMessage: before }]);
	const underway = sent();
	underway.exchange[what]();
	expect(underway.outcomes).toMatchObject([{ class: "ambiguous", errorCode, errorMessage: after, httpStatus: null }]);
	expect([waiting.aborts(), underway.aborts()]).toEqual([0, 1]);
});

test("an error before the first byte means that nothing was sent; in the middle of an answer its status is known", () => {
	const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
	const waiting = begin();
	waiting.exchange.onResponseError(null, refused);
	expect(waiting.outcomes).toMatchObject([{ class: "not_sent", errorCode: "ECONNREFUSED" }]);
	const cut = answered(200, ['{"succ']);
	cut.exchange.onResponseError(cut.controller, Object.assign(new Error("closed"), { code: "UND_ERR_SOCKET" }));
	expect(cut.outcomes).toMatchObject([{ class: "ambiguous", httpStatus: 200, isWhole: false }]);
});

test("deadlines expire in order, without those that have left", async () => {
	const queue = new DeadlineQueue(20);
	const expired: number[] = [];
	const entries = [0, 1, 2, 3, 4].map((n) => {
		const entry: Timed = {
			deadlineAt: 0,
			earlier: null,
			later: null,
			expire: () => {
				queue.remove(entry);
				expired.push(n);
			},
		};
		queue.add(entry);
		return entry;
	});
	for (const n of [0, 2, 4]) queue.remove(entries[n] as Timed);
	await expect.poll(() => expired).toEqual([1, 3]);
	// The list is whole again, and the timer runs for what comes later.
	queue.add(entries[2] as Timed);
	await expect.poll(() => expired).toEqual([1, 3, 2]);
	queue.stop();
});
