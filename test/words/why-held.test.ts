import { describe, expect, test } from "vitest";
import type { Facts } from "../../src/event/facts.ts";
import { type Holding, NOTHING_HELD, type TriggerHold } from "../../src/event/holding.ts";
import { explain } from "../../src/words/why.ts";
import { ago, factsWith, RELAY, TRIGGER } from "../event/some-facts.ts";

function told(facts: Facts): string {
	return explain(facts).join("\n");
}

function holding(held: Partial<Holding>, name = RELAY.name) {
	return { ...RELAY, name, holding: { ...NOTHING_HELD, ...held } };
}

const TROUBLE: TriggerHold = {
	trigger_id: TRIGGER.trigger_id,
	code: "failing",
	since: ago(58),
	until: ago(-12),
};
const OTHERS: TriggerHold = { ...TROUBLE, trigger_id: "another" };

describe("what a relay holds back", () => {
	test.each<[string, Parameters<typeof factsWith>[0], RegExp]>([
		[
			"a trigger in trouble",
			{ relays: [holding({ triggers: [TROUBLE] })] },
			/^The relay host-1-abc holds it back since 2026-03-01 09:59:02Z \(58 s\): its trigger is in trouble\..* one event of it at a time is tried.* The next one is tried in 12 s/,
		],
		[
			"a trigger of which one is being tried",
			{ relays: [holding({ triggers: [{ ...TROUBLE, until: null }] })] },
			/its trigger is in trouble\..* The next one is tried now\.$/,
		],
		[
			"a trigger that was told to slow down",
			{ relays: [holding({ triggers: [{ ...TROUBLE, code: "pacing" }] })] },
			/Reward asked for fewer events of its trigger \(HTTP 429\), so none is sent before 2026-03-01 10:00:12Z \(in 12 s\)\.$/,
		],
		[
			"a trigger that hangs",
			{ relays: [holding({ triggers: [{ ...TROUBLE, code: "hanging" }] })] },
			/its trigger hangs/,
		],
		[
			"a trigger that gives way to others",
			{ relays: [holding({ triggers: [{ ...TROUBLE, code: "unproven" }] })] },
			/requests of other triggers hang/,
		],
		[
			"a Reward that is down",
			{
				relays: [holding({ everything: { code: "reward_down", since: ago(40), until: ago(-5) }, triggers: [TROUBLE] })],
			},
			/holds it back since .* \(40 s\): Reward counts as down\..* The next one is tried in 5 s/,
		],
		[
			"results that the database does not take",
			{ relays: [holding({ everything: { code: "results_unwritten", since: ago(4), until: null } })] },
			/the database has not taken the results/,
		],
		[
			"several relays, with what is soonest",
			{
				relays: [
					holding({ triggers: [TROUBLE] }),
					holding({ triggers: [{ ...TROUBLE, since: ago(90), until: ago(-3) }] }, "host-2"),
				],
			},
			/^The relays host-1-abc and host-2 hold it back since .* \(1 min 30 s\): .* tried in 3 s/,
		],
	])("%s", (_, facts, said) => {
		const lines = explain(factsWith(facts));
		expect(lines.filter((line) => said.test(line))).toHaveLength(1);
		expect(lines.join("\n")).not.toContain("as soon as it has a free slot");
	});

	test("by one relay of two leaves it to the other", () => {
		const text = told(factsWith({ relays: [holding({ triggers: [TROUBLE] }), holding({}, "host-2")] }));
		expect(text).toContain("The relay host-1-abc holds it back");
		expect(text).toContain("The relay host-2 may take it.");
	});

	test("is said beside the next attempt when that is soon, and left out when it is far", () => {
		const relays = [holding({ triggers: [TROUBLE] })];
		const soon = told(factsWith({ relays, event: { attempts: 1, next_attempt_at: ago(-30) } }));
		expect(soon).toContain("The next attempt is made in 30 s");
		expect(soon).toContain("its trigger is in trouble");
		expect(told(factsWith({ relays, event: { attempts: 9, next_attempt_at: ago(-3600) } }))).not.toContain("trouble");
	});

	test("of another trigger, and by a paused relay, says nothing", () => {
		const event = { created_at: ago(3), next_attempt_at: ago(3) };
		expect(told(factsWith({ event, relays: [holding({ triggers: [OTHERS] })] }))).toContain("a free slot");
		const paused = { ...holding({ triggers: [TROUBLE] }), paused_code: "key_refused", paused_reason: "the key" };
		expect(told(factsWith({ event, relays: [paused] }))).not.toContain("in trouble");
	});

	test("beyond what it names leaves open whether it is this trigger", () => {
		const held = { triggers: [OTHERS], counts: { failing: 51 } };
		expect(told(factsWith({ relays: [holding(held)] }))).toContain("they hold back more than they name");
		expect(told(factsWith({ relays: [holding({ ...held, counts: { failing: 1 } })] }))).not.toContain("hold back");
	});
});
