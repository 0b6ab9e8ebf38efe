import { expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { insert, insertOne } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { ORDERS, watch } from "../watches/rules.ts";
import { relayDatabase, startRelay, until, untilAll } from "./running.ts";

const FAILURE = answer(500, JSON.stringify({ error: { code: "internal", message: "no" } }));
/** Enough attempts that none of the events is dead before it was looked at. */
const PATIENT = { maxAttempts: 1_000 };

async function cli(database: TestDatabase, ...args: string[]): Promise<string> {
	const { stdout, stderr, code } = await runCli(args, { DATABASE_URL: database.url });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	return stdout;
}

function reported(database: TestDatabase, what: string): Promise<void> {
	const text = "SELECT holding::text AS text FROM reward_outbox.relays WHERE stopped_at IS NULL";
	return until(`a relay reports ${what}`, async () =>
		(await database.query(text)).rows.some((row) => row["text"]?.includes(what) ?? false),
	);
}

test("eight events answered with 500: why, the list of triggers, status and metrics say that the trigger is in trouble", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward({
		script: ({ triggerId }) => (triggerId === "failing" ? FAILURE : success()),
	});
	await insert(database, { trigger: "good" }, 3);
	const ids = await insert(database, { trigger: "failing" }, 8);
	await using relay = await startRelay(database, reward, PATIENT);
	await reported(database, "failing");

	const told = await Promise.all(ids.map((id) => cli(database, "events", "why", id)));
	for (const text of told) expect(text).not.toContain("as soon as it has a free slot");
	expect(told.filter((text) => text.replaceAll(/\s+/g, " ").includes("its trigger is in trouble"))).not.toEqual([]);

	const list = (await cli(database, "triggers", "list", "--json")).trim().split("\n");
	expect(JSON.parse(list[0] as string)).toMatchObject({
		trigger_id: "failing",
		held_back: [{ relay: expect.any(String), code: "failing", since: expect.any(String) }],
	});
	expect(await cli(database, "triggers", "list")).toContain("failing, one event at a time");

	const status = await cli(database, "status");
	expect(status).toContain("1 trigger failing");
	expect(status.replaceAll(/\s+/g, " ")).toContain("The trigger failing is in trouble");
	expect(JSON.parse(await cli(database, "status", "--json"))).toMatchObject({
		relays: [{ holding: { everything: null, triggers: [{ trigger_id: "failing", code: "failing" }] } }],
		attention: [{ code: "trigger_held_back", subject: "failing" }],
	});
	expect(await relay.metrics()).toContain('reward_outbox_held_triggers{reason="failing"} 1');

	reward.respond(success());
	await untilAll(database, { delivered: 11 }, 60_000);
	await until("nothing is held back any more", async () => {
		const { rows } = await database.query("SELECT holding FROM reward_outbox.relays");
		return rows.every((row) => row["holding"] === null);
	});
}, 90_000);

test("while Reward is down, why and status say so, and not that a slot is missing", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward({ script: FAILURE });
	const ids = await insert(database, {}, 15);
	await using _relay = await startRelay(database, reward, PATIENT);
	await reported(database, "reward_down");
	const waiting = await Promise.all(ids.slice(0, 3).map((id) => cli(database, "events", "why", id)));
	for (const text of waiting) expect(text).not.toContain("as soon as it has a free slot");
	expect(waiting.join(" ").replaceAll(/\s+/g, " ")).toContain("Reward counts as down");
	const status = await cli(database, "status");
	expect(status).toContain("Reward is down");
	expect(status.replaceAll(/\s+/g, " ")).toContain("Reward counts as down since");
	expect(JSON.parse(await cli(database, "status", "--json")).attention).toMatchObject([{ code: "reward_down" }]);
}, 60_000);

test("what a relay that is gone held back counts for nothing", async () => {
	await using database = await relayDatabase();
	const id = await insertOne(database, { trigger: "t" });
	const report = {
		everything: null,
		triggers: [{ trigger_id: "t", code: "failing", since_ms: 10, until_ms: 20 }],
		counts: { failing: 1 },
	};
	await database.query(
		`INSERT INTO reward_outbox.relays (name, version, concurrency, seen_at, holding)
		 VALUES ('gone', '1', 1, clock_timestamp() - interval '31 s', $1)`,
		[JSON.stringify(report)],
	);
	expect(await cli(database, "events", "why", id)).not.toContain("in trouble");
	expect(JSON.parse(await cli(database, "triggers", "list", "--json"))).toMatchObject({ held_back: [] });
});

test("triggers that Reward does not know, from one watch, are one line of status which names it", async () => {
	await using database = await relayDatabase();
	const unknown = answer(404, JSON.stringify({ error: { code: "trigger_not_found", message: "no" } }));
	await using reward = await startScriptedReward({ script: unknown });
	await database.query(ORDERS);
	await watch(database.pool, {
		name: "order_paid",
		table_name: "public.orders",
		trigger_id_expr: "'order-' || NEW.id",
		user_id: "NEW.customer_id::text",
	});
	await database.query("INSERT INTO public.orders SELECT n, n, n, 'paid' FROM generate_series(1, 40) n");
	await using relay = await startRelay(database, reward);
	const paused = "SELECT count(*)::integer AS n FROM reward_outbox.triggers WHERE paused_code = 'unknown_trigger'";
	await until("all are paused", async () => (await database.query(paused)).rows[0]?.["n"] === 40);
	await relay.stop(2_000);

	const line = /40 triggers are unknown to Reward, all from watch order_paid/g;
	const attention = JSON.parse(await cli(database, "status", "--json")).attention;
	expect(attention.filter(({ code }: { code: string }) => /trigger/.test(code))).toMatchObject([
		{ code: "unknown_triggers", subject: null, severity: "critical", title: expect.stringMatching(line) },
	]);
	expect((await cli(database, "status")).replaceAll(/\s+/g, " ").match(line)).toHaveLength(1);
	// One of them is written by the application as well.
	await insert(database, { trigger: "order-7" });
	await database.query(
		`INSERT INTO reward_outbox.event_states
		   (event_id, seq, trigger_id, status, next_attempt_at, bytes)
		 SELECT id, seq, trigger_id, 'pending', clock_timestamp(), 100
		 FROM reward_outbox.outbox WHERE source IS NULL`,
	);
	expect(await cli(database, "status")).not.toContain("order_paid");
}, 60_000);
