import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createProgram } from "../../src/cli/main.ts";
import { ATTENTION_CODES } from "../../src/event/attention-entry.ts";
import { NOTHING_HELD } from "../../src/event/holding.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { NOW, RELAY, TRIGGER } from "../event/some-facts.ts";
import { documentedMetrics, readText } from "./documented.ts";

const runbook = await readText("docs/runbook.md");
const entries = new Map(
	runbook
		.split(/^## /m)
		.slice(1)
		.map((text) => [text.slice(0, text.indexOf("\n")), text] as const),
);
const rules: { alert: string; annotations: { runbook_url: string } }[] = parse(
	await readText("deploy/prometheus/reward-outbox.rules.yml"),
).groups[0].rules;

/** The program as it would run, of which only the shape is looked at. */
const program = createProgram({} as Parameters<typeof createProgram>[0]);

/** Why a command line does not exist; null: it does. */
function problemOf(line: string): string | null {
	let command: Command = program;
	const words = line.match(/"[^"]*"|\S+/g)?.slice(1) ?? [];
	while (words[0] !== undefined && command.commands.length > 0) {
		const found = command.commands.find((sub) => sub.name() === words[0]);
		if (found === undefined) return `${command.name()} has no ${words[0]}`;
		command = found;
		words.shift();
	}
	if (command.commands.length > 0) return `${command.name()} needs a further word`;
	const unknown = words.filter(
		(word) => word.startsWith("-") && word !== "--help" && !command.options.some(({ long }) => long === word),
	);
	return unknown.length > 0 ? `${command.name()} has no ${unknown.join(", ")}` : null;
}

describe("the runbook", () => {
	test.each(rules.map(({ alert, annotations }) => [alert, annotations.runbook_url.split("#")[1] as string]))(
		"has an entry for %s at #%s",
		(alert, anchor) => {
			expect(entries.get(anchor)).toContain(`\`${alert}\``);
		},
	);

	test.each(ATTENTION_CODES)("has an entry for %s", (code) => {
		expect(entries.get(code)?.toLowerCase()).toContain(`attention \`${code}\``);
	});

	test.each([...entries.keys()])("%s tells symptom, pattern, cause and remedy", (anchor) => {
		const entry = entries.get(anchor) ?? "";
		for (const part of ["Symptom", "In the metrics", "Cause", "Remedy"]) expect(entry).toContain(`- **${part}.** `);
		const named = rules.some(({ alert }) => entry.includes(`\`${alert}\``));
		expect(named || ATTENTION_CODES.some((code) => code === anchor)).toBe(true);
	});

	test("names metrics that exist", async () => {
		const known = (await documentedMetrics()).map(({ name }) => name);
		const named = [...runbook.matchAll(/\breward_outbox_\w+/g)].map(([name]) => name);
		expect(named.length).toBeGreaterThan(30);
		expect(named.filter((name) => !known.includes(name))).toEqual([]);
	});

	test("names commands that exist, with options that exist", () => {
		const lines = [...runbook.matchAll(/`(reward-outbox [^`]+)`|^(reward-outbox .*?)(?: {2,}#.*)?$/gm)].map(
			([, inline, block]) => inline ?? (block as string),
		);
		expect(lines.length).toBeGreaterThan(30);
		expect(lines.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
	});

	test("so do the remedies that status, the console and the webhook give", () => {
		const remedies = attentionInWords({
			now: NOW,
			events: { dead: 1, uncertain: 1 },
			oldest_due_age_seconds: 600,
			relays: [
				{ ...RELAY, listener: "deaf", paused_since: NOW, paused_code: "not_adopted", paused_reason: "it is a copy" },
				{
					...RELAY,
					holding: {
						...NOTHING_HELD,
						triggers: [{ trigger_id: "t", code: "failing", since: NOW, until: null }],
						counts: { failing: 1 },
					},
				},
				{ ...RELAY, holding: { ...NOTHING_HELD, everything: { code: "reward_down", since: NOW, until: null } } },
			],
			last_relay: null,
			paused_triggers: [{ ...TRIGGER, paused_at: NOW, paused_by: "ann" }],
			paused_groups: [null, "unknown_trigger", "lasting_doubt"].map((code) => ({
				code,
				triggers: 4,
				since: NOW,
				watch: null,
			})),
			expired_leases: 1,
			broken_watches: [{ name: "paid", table: "orders", problem: "p" }],
			unresolved_watch_errors: 1,
			lost_changes: 1,
			receipt_bursts: [{ trigger_id: "t", measured: 1, unexplained: 9, since: NOW }],
			record: { chained: true, anchored_at: null, verified_at: NOW, problems: 1 },
		}).map(({ remedy }) => remedy);
		const lines = remedies.flatMap((remedy) => remedy.match(/reward-outbox [a-z][^.;,()]*/g) ?? []);
		expect(lines.length).toBeGreaterThan(10);
		expect(lines.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
	});

	test("commands that do not exist are noticed", () => {
		expect(problemOf("reward-outbox events frobnicate ID")).toBe("events has no frobnicate");
		expect(problemOf("reward-outbox events retry --all")).toBe("retry has no --all");
		expect(problemOf("reward-outbox events")).toBe("events needs a further word");
	});
});
