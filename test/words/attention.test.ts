import { expect, test } from "vitest";
import { ATTENTION_CODES, type AttentionInWords, type Condition } from "../../src/event/attention-entry.ts";
import { NOTHING_HELD, type TriggerHold } from "../../src/event/holding.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { ago, NOW, RELAY, TRIGGER } from "../event/some-facts.ts";

const WELL: Condition = {
	now: NOW,
	events: { dead: 0, uncertain: 0 },
	oldest_due_age_seconds: 0,
	relays: [RELAY],
	last_relay: null,
	paused_triggers: [],
	paused_groups: [],
	expired_leases: 0,
	broken_watches: [],
	unresolved_watch_errors: 0,
	lost_changes: 0,
};

const PAUSED = { ...TRIGGER, paused_at: ago(600), paused_by: "ann", paused_reason: "campaign" };

const FAILING: TriggerHold = { trigger_id: "t", code: "failing", since: ago(58), until: ago(-12) };

function holds(triggers: readonly TriggerHold[], count = triggers.length) {
	return { ...RELAY, holding: { ...NOTHING_HELD, triggers, counts: { failing: count } } };
}

const DOWN = {
	...RELAY,
	holding: { ...NOTHING_HELD, everything: { code: "reward_down", since: ago(40), until: ago(-5) } as const },
};

function only(found: readonly AttentionInWords[]): AttentionInWords {
	expect(found).toHaveLength(1);
	return found[0] as AttentionInWords;
}

test("while all is well nothing needs a person", () => {
	expect(attentionInWords(WELL)).toEqual([]);
	expect(attentionInWords({ ...WELL, oldest_due_age_seconds: 59 })).toEqual([]);
});

test.each<[string, Partial<Condition>, object]>([
	[
		"no relay",
		{ relays: [], last_relay: { name: "r1", seen_at: ago(90), stopped_at: ago(95) } },
		{ code: "no_relay", subject: null, severity: "critical", since: ago(95), title: /r1 was seen 1 min 30 s ago/ },
	],
	[
		"no relay ever",
		{ relays: [] },
		{ code: "no_relay", since: null, title: /none ever ran here/, remedy: /reward-outbox relay$/ },
	],
	[
		"a refused key",
		{
			relays: [
				{
					...RELAY,
					paused_since: ago(30),
					paused_code: "key_refused",
					paused_reason: "Reward refuses the API key (HTTP 401)",
				},
			],
		},
		{ code: "relay_paused", subject: RELAY.name, severity: "critical", since: ago(30), remedy: /REWARD_API_KEY/ },
	],
	[
		"a copied database",
		{ relays: [{ ...RELAY, paused_since: ago(30), paused_code: "went_back", paused_reason: "it is a copy" }] },
		{ code: "not_adopted", severity: "critical", title: /it is a copy/, remedy: /: reward-outbox adopt$/ },
	],
	["a deaf relay", { relays: [{ ...RELAY, listener: "deaf" }] }, { code: "deaf_listener", severity: "warning" }],
	[
		"what a person paused",
		{ paused_triggers: [PAUSED] },
		{ code: "trigger_paused", severity: "warning", since: ago(600) },
	],
	[
		"what Reward does not know",
		{ paused_triggers: [{ ...PAUSED, probe_at: ago(-5) }] },
		{ code: "trigger_paused", severity: "critical", subject: "successful_payment" },
	],
	[
		"a failing trigger",
		{ relays: [holds([FAILING])] },
		{
			code: "trigger_held_back",
			subject: "t",
			severity: "warning",
			since: ago(58),
			title: /^The trigger t is in trouble: .* \(58 s\)$/,
		},
	],
	[
		"a hanging trigger",
		{ relays: [holds([{ ...FAILING, code: "hanging" }])] },
		{ code: "trigger_held_back", title: /^The trigger t is hanging/ },
	],
	[
		"a trigger that two relays hold back",
		{ relays: [holds([FAILING]), holds([{ ...FAILING, since: ago(90) }])] },
		{ code: "trigger_held_back", subject: "t", since: ago(90) },
	],
	[
		"a Reward that is down",
		{ relays: [DOWN, DOWN] },
		{ code: "reward_down", subject: null, severity: "critical", since: ago(40), title: /^Reward counts as down/ },
	],
	[
		"a Reward that one relay of two does not reach",
		{ relays: [DOWN, RELAY] },
		{ code: "reward_down", severity: "warning", title: /as 1 of 2 relays see it/ },
	],
	["one dead event", { events: { dead: 1, uncertain: 0 } }, { code: "dead_events", title: /^1 event is dead/ }],
	[
		"uncertain events",
		{ events: { dead: 0, uncertain: 2 } },
		{ code: "uncertain_events", severity: "critical", title: /^2 events are uncertain.* them/ },
	],
	["a due event", { oldest_due_age_seconds: 60 }, { code: "overdue_events", severity: "critical", since: ago(60) }],
	[
		"an expired lease",
		{ expired_leases: 1 },
		{ code: "expired_leases", title: /^1 expired lease:/, remedy: /reaps it/ },
	],
	[
		"a broken watch",
		{ broken_watches: [{ name: "paid", table: "public.orders", problem: "no column" }] },
		{ code: "broken_watch", subject: "paid", severity: "critical" },
	],
	["lost changes", { lost_changes: 2 }, { code: "lost_changes", severity: "critical", title: /2 times changes could/ }],
	[
		"a burst of receipts",
		{ receipt_bursts: [{ trigger_id: "paid", measured: 30, unexplained: 12, since: ago(60) }] },
		{ code: "receipt_burst", subject: "paid", title: /^12 of the last 42 receipts of paid are explained by nothing/ },
	],
	[
		"a broken record",
		{ record: { chained: true, anchored_at: null, verified_at: ago(60), problems: 2 } },
		{ code: "record_broken", severity: "critical", since: ago(60), title: /found 2 things wrong/ },
	],
	["missed changes", { unresolved_watch_errors: 3 }, { code: "watch_errors", title: /3 row changes did not/ }],
])("%s is one entry with its remedy", (_, change, expected) => {
	const found = attentionInWords({ ...WELL, ...change });
	const matching = Object.entries(expected).map(([key, value]) => [
		key,
		value instanceof RegExp ? expect.stringMatching(value) : value,
	]);
	expect(found).toEqual([expect.objectContaining(Object.fromEntries(matching))]);
	expect(found[0]?.remedy).toMatch(/reward-outbox |REWARD_API_KEY|DATABASE_LISTEN_URL/);
});

test("what stops everything comes first, and each code is known", () => {
	const all = attentionInWords({
		...WELL,
		events: { dead: 1, uncertain: 1 },
		oldest_due_age_seconds: 600,
		relays: [
			{ ...RELAY, listener: "deaf", paused_since: ago(1), paused_code: "key_refused", paused_reason: "no key" },
			{ ...RELAY, paused_since: ago(1), paused_code: "not_adopted", paused_reason: "it is a copy" },
			holds([FAILING]),
			DOWN,
		],
		paused_triggers: [PAUSED],
		paused_groups: [
			{ code: "lasting_doubt", triggers: 4, since: ago(9), watch: null },
			{ code: "unknown_trigger", triggers: 4, since: ago(9), watch: null },
		],
		expired_leases: 2,
		broken_watches: [{ name: "w", table: "t", problem: "p" }],
		unresolved_watch_errors: 1,
		lost_changes: 1,
		receipt_bursts: [{ trigger_id: "paid", measured: 30, unexplained: 12, since: ago(60) }],
		record: { chained: true, anchored_at: null, verified_at: ago(60), problems: 1 },
	});
	expect(all.map(({ code }) => code)).toEqual(ATTENTION_CODES.filter((code) => code !== "no_relay"));
	expect(all.find(({ code }) => code === "overdue_events")).toMatchObject({ severity: "warning" });
});

test("many triggers that Reward does not know are one entry, which names the watch that all of them are from", () => {
	const unknown = { ...PAUSED, paused_by: "relay", paused_code: "unknown_trigger", probe_at: ago(-5) };
	const group = { code: "unknown_trigger", triggers: 1500, since: ago(600), watch: "order_paid" };
	const paused_triggers = Array.from({ length: 30 }, (_, n) => ({ ...unknown, trigger_id: `order-${n}` }));
	const one = only(attentionInWords({ ...WELL, paused_triggers, paused_groups: [group] }));
	expect(one).toMatchObject({ code: "unknown_triggers", subject: null, severity: "critical", since: ago(600) });
	expect(one.title).toMatch(/^1,500 triggers are unknown to Reward, all from watch order_paid, the first since /);
	const mixed = only(attentionInWords({ ...WELL, paused_triggers, paused_groups: [{ ...group, watch: null }] }));
	expect(mixed.title).not.toContain("watch");
});

test("a trigger that a person paused is told by name beside any number that a relay paused", () => {
	const unknown = { ...PAUSED, trigger_id: "unknown", paused_code: "unknown_trigger", probe_at: ago(-5) };
	const found = attentionInWords({
		...WELL,
		paused_triggers: [PAUSED, unknown],
		paused_groups: [
			{ code: null, triggers: 1, since: ago(600), watch: null },
			{ code: "unknown_trigger", triggers: 4, since: ago(600), watch: null },
		],
	});
	expect(found.map(({ code, subject }) => [code, subject])).toEqual([
		["trigger_paused", PAUSED.trigger_id],
		["unknown_triggers", null],
	]);
});

test("more than ten thousand paused triggers are not said to be exactly as many", () => {
	const group = { code: null, triggers: 10_000, since: ago(600), watch: null };
	expect(only(attentionInWords({ ...WELL, paused_groups: [group] })).title).toMatch(
		/^at least 10,000 triggers are paused/,
	);
});

test.each<[string, Partial<Condition>, object]>([
	["relays that are deaf", { relays: many({ ...RELAY, listener: "deaf" }) }, { code: "deaf_listener" }],
	[
		"relays whose key is refused",
		{ relays: many({ ...RELAY, paused_since: ago(30), paused_code: "key_refused", paused_reason: "the key" }) },
		{ code: "relay_paused", since: ago(30), title: expect.stringMatching(/^4 relays are paused since .*: the key$/) },
	],
	[
		"watches that are broken",
		{ broken_watches: many({ name: "w", table: "t", problem: "no column" }) },
		{ code: "broken_watch", title: expect.stringContaining("no column") },
	],
	[
		"triggers that are held back",
		{
			relays: [
				holds(
					many(FAILING).map((hold, n) => ({ ...hold, trigger_id: `t${n}` })),
					57,
				),
			],
		},
		{ code: "trigger_held_back", title: expect.stringMatching(/^57 triggers are in trouble \(t0, t1, t2, …\)/) },
	],
])("more than three %s are one entry", (_, change, expected) => {
	expect(only(attentionInWords({ ...WELL, ...change }))).toMatchObject({ subject: null, ...expected });
});

test("what Reward asked to slow down is no trouble, and while Reward is down no single trigger is", () => {
	expect(attentionInWords({ ...WELL, relays: [holds([{ ...FAILING, code: "pacing" }])] })).toEqual([]);
	const down = { ...DOWN, holding: { ...DOWN.holding, triggers: [FAILING], counts: { failing: 1 } } };
	expect(only(attentionInWords({ ...WELL, relays: [down] })).code).toBe("reward_down");
});

function many<T>(one: T): T[] {
	return Array.from({ length: 4 }, () => one);
}
