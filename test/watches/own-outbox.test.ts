import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);
const cli = (...args: string[]) => runCli(args, { DATABASE_URL: database.current.url });

/** The page's own commands and statements. */
const PAGE = await readFile(join(import.meta.dirname, "../../docs/moving-from-your-own-outbox.md"), "utf8");
const blocks = (language: string) =>
	[...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map((match) => match[1] as string);
const statement = (part: string) => blocks("sql").find((text) => text.includes(part)) as string;

/** A command of the page as a shell would split it. */
function command(part: string): string[] {
	const line = blocks("sh")
		.flatMap((text) => text.replaceAll("\\\n", " ").split("\n"))
		.find((text) => text.includes(part)) as string;
	return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? (match[2] as string)).slice(1);
}

const insert = (n: string) =>
	query(`INSERT INTO app.outbox (topic, body)
		SELECT 'order_paid', jsonb_build_object('customer', n, 'amount', n + 0.50) FROM generate_series(${n}) n`);

const events = async () =>
	(await query("SELECT user_id, trigger_id, payload::text, captured_key FROM reward_outbox.outbox ORDER BY seq")).rows;

beforeEach(async () => {
	await query("DELETE FROM reward_outbox.watch_rules");
	await query("DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app");
	await query(`TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors, reward_outbox.watch_backfills;
		${statement("CREATE TABLE app.outbox")}`);
});

test("the switch as the page has it: what was sent stays sent, all else becomes one event", {
	timeout: 60_000,
}, async () => {
	await insert("1, 10");
	await query("UPDATE app.outbox SET sent_at = now() WHERE id <= 6");
	expect(await cli(...command("watches add own_outbox"))).toMatchObject({ code: 0 });
	// The application goes on, before the backfill and while the old worker's last mark arrives.
	await insert("11, 13");
	await query("UPDATE app.outbox SET sent_at = now() WHERE id = 7");
	expect((await cli(...command("backfill own_outbox --all --dry-run"))).stdout).toContain(
		"13 rows in all: 3 would be events, 3 are already, the rule does not apply to 7, 0 would fail",
	);
	const missing = () =>
		query(statement("LEFT JOIN reward_outbox.events")).then(({ rows }) => rows.map((row) => Number(row["id"])));
	expect(await missing()).toEqual([8, 9, 10]);
	for (const times of [1, 2]) {
		expect(await cli(...command("backfill own_outbox --all --reason"))).toMatchObject({ code: 0, stderr: "" });
		expect(await missing(), `after ${times}`).toEqual([]);
	}
	expect((await events()).map(({ user_id }) => Number(user_id)).sort((a, b) => a - b)).toEqual([8, 9, 10, 11, 12, 13]);
	expect(await events()).toContainEqual({
		user_id: "8",
		trigger_id: "order_paid",
		payload: '{"value": 8.50}',
		captured_key: "own-outbox-8",
	});
	// Nobody waits in the other table for what is written from now on.
	await insert("14, 14");
	await query("UPDATE app.outbox SET sent_at = now() WHERE id = 14");
	expect((await events()).length).toBe(7);
	expect(await missing()).toEqual([]);
});

test("going back before the relay has sent: the events are cancelled, the rows wait as before", {
	timeout: 60_000,
}, async () => {
	await insert("1, 3");
	await cli(...command("watches add own_outbox"));
	await cli(...command("backfill own_outbox --all --reason"));
	expect(await cli("watches", "remove", "own_outbox")).toMatchObject({ code: 0 });
	const cancelled = [
		"events",
		"cancel",
		"--status",
		"pending",
		"--source",
		"own_outbox",
		"--yes",
		"--reason",
		"going back",
	];
	expect((await cli(...cancelled)).stdout).toContain("3 events cancelled");
	expect((await query("SELECT FROM app.outbox WHERE sent_at IS NULL")).rowCount).toBe(3);
	await query(statement("e.status = 'delivered'"));
	expect((await query("SELECT FROM app.outbox WHERE sent_at IS NULL")).rowCount).toBe(3);
});
