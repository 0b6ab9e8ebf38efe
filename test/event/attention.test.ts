import { expect, test } from "vitest";
import { ATTENTION_CODES, attention, type Condition } from "../../src/event/attention.ts";
import { ago, NOW, RELAY, TRIGGER } from "./some-facts.ts";

const WELL: Condition = {
	now: NOW,
	events: { dead: 0, uncertain: 0 },
	oldest_due_age_seconds: 0,
	relays: [RELAY],
	last_relay: null,
	paused_triggers: [],
	expired_claims: 0,
	broken_watches: [],
	unresolved_watch_errors: 0,
};

const PAUSED = { ...TRIGGER, paused_at: ago(600), paused_by: "ann", paused_reason: "campaign" };

test("while all is well nothing needs a person", () => {
	expect(attention(WELL)).toEqual([]);
	expect(attention({ ...WELL, oldest_due_age_seconds: 59 })).toEqual([]);
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
	["one dead event", { events: { dead: 1, uncertain: 0 } }, { code: "dead_events", title: /^1 event is dead/ }],
	[
		"uncertain events",
		{ events: { dead: 0, uncertain: 2 } },
		{ code: "uncertain_events", severity: "critical", title: /^2 events are uncertain.* them/ },
	],
	["a due event", { oldest_due_age_seconds: 60 }, { code: "overdue_events", severity: "critical", since: ago(60) }],
	[
		"an expired claim",
		{ expired_claims: 1 },
		{ code: "expired_claims", title: /^1 expired claim:/, remedy: /writes it off/ },
	],
	[
		"a broken watch",
		{ broken_watches: [{ name: "paid", table: "public.orders", problem: "no column" }] },
		{ code: "broken_watch", subject: "paid", severity: "critical" },
	],
	["missed changes", { unresolved_watch_errors: 3 }, { code: "watch_errors", title: /3 row changes did not/ }],
])("%s is one entry with its remedy", (_, change, expected) => {
	const found = attention({ ...WELL, ...change });
	const matching = Object.entries(expected).map(([key, value]) => [
		key,
		value instanceof RegExp ? expect.stringMatching(value) : value,
	]);
	expect(found).toEqual([expect.objectContaining(Object.fromEntries(matching))]);
	expect(found[0]?.remedy).toMatch(/reward-outbox |REWARD_API_KEY|DATABASE_LISTEN_URL/);
});

test("what stops everything comes first, and each code is known", () => {
	const all = attention({
		...WELL,
		events: { dead: 1, uncertain: 1 },
		oldest_due_age_seconds: 600,
		relays: [
			{ ...RELAY, listener: "deaf", paused_since: ago(1), paused_code: "key_refused", paused_reason: "no key" },
			{ ...RELAY, paused_since: ago(1), paused_code: "not_adopted", paused_reason: "it is a copy" },
		],
		paused_triggers: [PAUSED],
		expired_claims: 2,
		broken_watches: [{ name: "w", table: "t", problem: "p" }],
		unresolved_watch_errors: 1,
	});
	expect(all.map(({ code }) => code)).toEqual(ATTENTION_CODES.filter((code) => code !== "no_relay"));
	expect(all.find(({ code }) => code === "overdue_events")).toMatchObject({ severity: "warning" });
});
