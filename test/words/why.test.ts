import { describe, expect, test } from "vitest";
import type { Facts } from "../../src/event/facts.ts";
import { explain } from "../../src/words/why.ts";
import {
	ago,
	attempt,
	factsWith,
	ID,
	NOT_SENT,
	OTHER_ID,
	REFUSED,
	RELAY,
	TIMED_OUT,
	TRIGGER,
} from "../event/some-facts.ts";

function told(facts: Facts): string {
	return explain(facts).join("\n");
}

const FAILED_ONCE = { attempts: 1, next_attempt_at: ago(-30) };

describe("a new event", () => {
	test("with nothing in its way goes as soon as a relay has a slot", () => {
		expect(explain(factsWith({ event: { created_at: ago(3), next_attempt_at: ago(3) } }))).toEqual([
			"The event is pending: it was not sent yet.",
			"It was written 3 s ago (2026-03-01 09:59:57Z) for the trigger “successful_payment” and the user “user123”.",
			"It is due: a relay takes it as soon as it has a free slot.",
		]);
	});

	test("says who captured it, its ordering key, and when it may go", () => {
		const event = {
			source: "order_paid",
			ordering_key: "user123",
			deliver_after: ago(-3600),
			next_attempt_at: ago(-3600),
		};
		const text = told(factsWith({ event }));
		expect(text).toContain(
			"captured by the watch “order_paid”, ordering key “user123”, not to be sent before 2026-03-01 11:00:00Z (in 1 h)",
		);
		expect(text).toContain("It waits for its time: it is sent in 1 h (2026-03-01 11:00:00Z), as deliver_after asks.");
	});
});

describe("what holds a pending event up", () => {
	test.each<[string, Parameters<typeof factsWith>[0], RegExp]>([
		[
			"no relay ever ran",
			{ relays: [] },
			/no relay is alive \(none has ever run here\)\. Start one: reward-outbox relay/,
		],
		[
			"the relay stopped",
			{ relays: [], last_relay: { name: "host-1", seen_at: ago(60), stopped_at: ago(60) } },
			/the last one, host-1, stopped 1 min ago/,
		],
		[
			"the relay died",
			{ relays: [], last_relay: { name: "host-1", seen_at: ago(120), stopped_at: null } },
			/the last one, host-1, was last seen 2 min ago/,
		],
		[
			"the key is refused",
			{
				relays: [
					{
						...RELAY,
						paused_since: ago(60),
						paused_code: "key_refused",
						paused_reason: "Reward refuses the API key (HTTP 401)",
					},
				],
			},
			/the relay host-1-abc is paused since .* \(1 min\): Reward refuses the API key \(HTTP 401\)\. Give the relay a valid API key/,
		],
		[
			"a person paused the trigger",
			{ trigger: { ...TRIGGER, paused_at: ago(60), paused_by: "alice (app)", paused_reason: "campaign" } },
			/Its trigger is paused since .* by alice \(app\): “campaign”\. A person paused it.* reward-outbox triggers resume successful_payment/,
		],
		[
			"a relay paused the trigger",
			{ trigger: { ...TRIGGER, paused_at: ago(60), paused_by: "host-1", paused_reason: "404", probe_at: ago(-10) } },
			/A relay paused it, .*one event is tried again in 10 s/,
		],
		[
			"an earlier event of its key",
			{
				event: { ordering_key: "k", blocked: true },
				held_back_by: { id: OTHER_ID, status: "uncertain", next_attempt_at: ago(0) },
			},
			new RegExp(
				`It is held back: the event ${OTHER_ID} of the same ordering key “k” is uncertain .*events why ${OTHER_ID}`,
			),
		],
		[
			"the head of its key, just ending",
			{ event: { ordering_key: "k", blocked: true } },
			/held back behind an earlier event/,
		],
		["its retry's time", { event: FAILED_ONCE }, new RegExp(`next attempt is made in 30 s .*events retry ${ID}`)],
		[
			"its trigger's limit in flight",
			{ trigger: { ...TRIGGER, max_in_flight: 2 }, trigger_in_flight: 2 },
			/at most 2 in flight, and 2 are/,
		],
		["its trigger's rate", { trigger: { ...TRIGGER, rate_per_second: 0.5 } }, /limit of 0\.5 per second allows/],
		["something only the relays know", {}, /has been due since .* \(5 min\).*busy with earlier events/],
	])("%s is named, with the remedy", (_, facts, expected) => {
		expect(told(factsWith(facts))).toMatch(expected);
	});

	test("is told in full when it is several things", () => {
		const text = told(
			factsWith({
				relays: [],
				event: FAILED_ONCE,
				trigger: { ...TRIGGER, paused_at: ago(60), paused_by: "alice", paused_reason: null },
			}),
		);
		expect(text).toMatch(
			/no relay is alive[\s\S]*trigger is paused[\s\S]*no reason was given[\s\S]*next attempt is made in 30 s/,
		);
	});

	test("is not a paused relay while another one sends", () => {
		const paused = {
			...RELAY,
			name: "other",
			paused_since: ago(60),
			paused_code: "key_refused",
			paused_reason: "no key",
		};
		expect(told(factsWith({ relays: [paused, RELAY] }))).not.toContain("paused");
	});
});

describe("attempts", () => {
	test.each([
		[
			REFUSED,
			/Reward answered HTTP 400 after 35 ms and refused it \(missing_field: value is required\)\. It was not applied\./,
		],
		[NOT_SENT, /the request never left \(ECONNREFUSED\)\. Reward cannot have applied it\./],
		[
			TIMED_OUT,
			/no usable answer came after 35 ms \(timeout: no answer within 15 s\)\. Reward may or may not have applied it\./,
		],
		[
			{ outcome: "ambiguous", http_status: 502, error_code: "http_502" } as const,
			/Reward answered HTTP 502 after 35 ms \(http_502\)\. Reward may or may not/,
		],
		[{}, /Reward answered HTTP 200 after 35 ms and accepted it\./],
	])("%o are told in words", (fields, expected) => {
		expect(told(factsWith({ event: FAILED_ONCE, attempts: [attempt(1, fields)] }))).toMatch(expected);
	});

	test("that went alike are told once, a different one by itself", () => {
		const attempts = [
			attempt(1, TIMED_OUT),
			...[2, 3, 4, 5].map((number) => attempt(number, NOT_SENT)),
			attempt(6, REFUSED),
		];
		const lines = explain(factsWith({ event: { ...FAILED_ONCE, attempts: 6 }, attempts }));
		expect(lines.filter((line) => line.startsWith("Attempt"))).toEqual([
			expect.stringMatching(/^Attempt 1, /),
			expect.stringMatching(/^Attempts 2 to 5, from .* all alike: the request never left/),
			expect.stringMatching(/^Attempt 6, /),
		]);
	});

	test("in the middle of a very long history are counted", () => {
		expect(told(factsWith({ attempts: [attempt(1, NOT_SENT)], attempts_left_out: 900 }))).toContain(
			"(900 attempts in between",
		);
	});

	test.each<[object, object | null, RegExp]>([
		[{ attempts: 3 }, null, /has 17 of 20 attempts left \(the relay's limit, unless it is configured otherwise\)/],
		[{ attempts: 3 }, { ...TRIGGER, max_attempts: 5 }, /has 2 of 5 attempts left \(its trigger's limit\)/],
		[{ attempts: 30, excused: 29 }, null, /has 19 of 20 attempts left.*29 of the 30 attempts so far do not count/],
	])("left are counted: %o, %o", (event, trigger, expected) => {
		expect(told(factsWith({ event: { ...FAILED_ONCE, ...event }, trigger: trigger as Facts["trigger"] }))).toMatch(
			expected,
		);
	});
});

describe("an event that is being sent", () => {
	const sending = { status: "sending", attempts: 2 } as const;

	test("names the relay and how long it may hold it", () => {
		const claim = { relay: "host-1-abc", claimed_at: ago(2), expires_at: ago(-58) };
		expect(told(factsWith({ event: sending, claim }))).toMatch(
			/host-1-abc took it for attempt 2 2 s ago .* holds it until 2026-03-01 10:00:58Z \(in 58 s\) .* counts as ambiguous/,
		);
	});

	test("by a relay that died is going to be reaped, if anybody is there to do it", () => {
		const claim = { relay: "host-1-abc", claimed_at: ago(100), expires_at: ago(40) };
		const facts = { event: sending, claim, trigger: { ...TRIGGER, mode: "at_most_once" } as const };
		expect(told(factsWith(facts))).toMatch(/its lease has expired\. The next relay .* ambiguous.[\s\S]*at-most-once/);
		expect(told(factsWith({ ...facts, relays: [] }))).toContain("no relay is alive");
	});
});

describe("a delivered event", () => {
	const delivered = { status: "delivered", attempts: 1, delivered_at: ago(60), next_attempt_at: null } as const;

	test("is done", () => {
		expect(explain(factsWith({ event: delivered, attempts: [attempt(1)] }))).toEqual([
			"The event is delivered, since 2026-03-01 09:59:00Z (1 min).",
			expect.stringMatching(/^It was written/),
			expect.stringMatching(/^Attempt 1, .* accepted it\.$/),
			"Nothing further happens.",
		]);
	});

	test("may have been applied twice after an ambiguous attempt", () => {
		expect(told(factsWith({ event: delivered, attempts: [attempt(1, TIMED_OUT), attempt(2)] }))).toContain(
			"What is uncertain: attempt 1 is ambiguous, so Reward may have applied the event more than once.",
		);
	});

	test("is not in doubt when the attempt that was reaped turned out accepted", () => {
		const attempts = [attempt(1, { ...TIMED_OUT, error_code: "lease_expired" }), attempt(1)];
		expect(told(factsWith({ event: delivered, attempts }))).not.toContain("uncertain");
	});

	test("that was accepted twice says so", () => {
		expect(told(factsWith({ event: delivered, attempts: [attempt(1), attempt(2)] }))).toContain(
			"accepted it 2 times (attempts 1, 2): the user was probably rewarded more than once",
		);
	});

	test("by a person's word says whose", () => {
		const operation = {
			at: ago(60),
			actor: "alice (app)",
			action: "resolve",
			reason: "points are there",
			detail: { was: "uncertain", as: "delivered" },
		};
		const text = told(factsWith({ event: delivered, attempts: [attempt(1, TIMED_OUT)], operations: [operation] }));
		expect(text).toMatch(
			/alice \(app\) resolved it as delivered 1 min ago .*, because “points are there”; until then it was uncertain\./,
		);
		expect(text).toContain("that it was delivered is what a person found out");
	});
});

describe("an event that ended otherwise", () => {
	test("dead: why, what may have happened all the same, and how to send it again", () => {
		const event = {
			status: "dead",
			attempts: 2,
			reason: "missing_field: value is required",
			next_attempt_at: null,
		} as const;
		const text = told(factsWith({ event, attempts: [attempt(1, TIMED_OUT), attempt(2, REFUSED)] }));
		expect(text).toMatch(/^The event is dead: “missing_field: value is required”\./);
		expect(text).toContain("attempt 1 is ambiguous, so Reward may have applied the event already.");
		expect(text).toContain(`reward-outbox events retry ${ID}`);
	});

	test("uncertain: what a person has to do, and what waits for it", () => {
		const event = { status: "uncertain", attempts: 1, ordering_key: "k", next_attempt_at: null } as const;
		const text = told(factsWith({ event, attempts: [attempt(1, TIMED_OUT)], holds_back: 3 }));
		expect(text).toContain(`events resolve ${ID} --as delivered|not-delivered`);
		expect(text).toContain("It holds back 3 later events of its ordering key “k” until then.");
	});

	test("cancelled: by whom, and how to send it after all", () => {
		const operation = { at: ago(60), actor: "alice (app)", action: "cancel", reason: null, detail: { was: "pending" } };
		const text = told(factsWith({ event: { status: "cancelled", next_attempt_at: null }, operations: [operation] }));
		expect(text).toMatch(/alice \(app\) cancelled it 1 min ago .* without giving a reason; until then it was pending/);
		expect(text).toContain(`events retry ${ID}`);
	});
});

test("decisions and attempts are told in the order of time", () => {
	const operations = [{ at: ago(150), actor: "alice", action: "retry", reason: null, detail: null }];
	const attempts = [attempt(1, { ...REFUSED, started_at: ago(200) }), attempt(2, { ...REFUSED, started_at: ago(100) })];
	const lines = explain(factsWith({ event: { ...FAILED_ONCE, attempts: 2 }, attempts, operations })).slice(2, 5);
	expect(lines.map((line) => line.slice(0, 9))).toEqual(["Attempt 1", "alice put", "Attempt 2"]);
});

test("text of foreign origin is quoted and capped", () => {
	const text = told(
		factsWith({ event: { ...FAILED_ONCE }, attempts: [attempt(1, { ...REFUSED, error_message: "x".repeat(60_000) })] }),
	);
	expect(text.length).toBeLessThan(3000);
});
