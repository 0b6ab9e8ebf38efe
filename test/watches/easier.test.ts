import { beforeEach, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDER_PAID, ORDERS, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);
const watches = (...args: string[]) => runCli(["watches", ...args], { DATABASE_URL: database.current.url });

beforeEach(async () => {
	await query("DELETE FROM reward_outbox.watch_rules; TRUNCATE reward_outbox.outbox");
	await query(`DROP TABLE IF EXISTS orders; DROP TABLE IF EXISTS "Orders"; ${ORDERS}`);
});

test.each([["OLD.status IS DISTINCT FROM 'paid'"], ["OLD.status <> 'paid'"]])(
	"a preview of a rule about updates shows the rows that could be events, and says what it took for granted: %s",
	async (before) => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'new')");
		const condition = `NEW.status = 'paid' AND ${before}`;
		const flags = ["--table", "orders", "--operations", "update", "--condition", condition, "--trigger-id", "t"];
		const seen = await watches("preview", ...flags, "--user-id", "NEW.customer_id::text");
		expect(seen).toMatchObject({ code: 0 });
		expect(seen.stdout).toMatch(/\{"id":1\} +t +10/);
		expect(seen.stderr).toMatch(
			/^warning: the rule is about updates and looks at OLD.*\n2 rows looked at: 1 would be events/,
		);
	},
);

test("a name that is no rule is said, and which one was meant", { timeout: 60_000 }, async () => {
	await watch(database.current.pool, ORDER_PAID);
	const commands = [["errors"], ["replay-errors"], ["preview"], ["remove"], ["check"], ["backfill", "--all"]];
	for (const [command = "", ...flags] of commands) {
		expect(await watches(command, "order_piad", ...flags)).toEqual({
			code: 1,
			signal: null,
			stdout: "",
			stderr: "error: there is no rule order_piad\nhint: did you mean order_paid?\n",
		});
	}
});

test("a table that is not found: how to type it is said, whichever command", { timeout: 60_000 }, async () => {
	await query('CREATE TABLE "Orders" (id int PRIMARY KEY)');
	const rule = ["--trigger-id", "t", "--user-id", "NEW.id::text"];
	for (const command of [["add", "r"], ["preview"]]) {
		const refused = await watches(...command, "--table", "Shop.Orders", ...rule);
		expect(refused.stderr).toMatch(
			/there is no table Shop\.Orders\nhint: write it with its schema.*--table '"Orders"'/,
		);
	}
	expect(await watches("add", "r", "--table", '"Orders"', ...rule)).toMatchObject({ code: 0 });
	const unknown = await watches("add", "s", "--table", "orders", ...rule, "--condition", "EXISTS (SELECT FROM levels)");
	expect(unknown.stderr).toMatch(/relation "levels" does not exist.*\nhint: names are looked up in pg_catalog only/);
});

test("JSON is taken for payload and metadata as people type it; a payload that is always the same is remarked upon", {
	timeout: 60_000,
}, async () => {
	const flags = ["--table", "orders", "--trigger-id", "t", "--user-id", "NEW.id::text"];
	const made = await watches(
		"add",
		"r",
		...flags,
		"--payload",
		'{"value": 1.10}',
		"--metadata",
		`{"from": "the shop's"}`,
	);
	expect(made).toMatchObject({
		code: 0,
		stderr: expect.stringMatching(/^warning: the payload is the same for every event/),
	});
	await watches("add", "sql", ...flags, "--payload", `'{"value": 2}'`, "--metadata", `'{"from": "sql"}'`);
	await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
	const { rows } = await query(
		"SELECT payload::text, metadata ->> 'from' AS origin FROM reward_outbox.outbox ORDER BY source",
	);
	expect(rows).toEqual([
		{ payload: '{"value": 1.10}', origin: "the shop's" },
		{ payload: '{"value": 2}', origin: "sql" },
	]);
});

test("check has PostgreSQL read the expressions, and ends with 1 where one does not work", {
	timeout: 60_000,
}, async () => {
	await query("CREATE OR REPLACE FUNCTION public.points(numeric) RETURNS int LANGUAGE sql AS 'SELECT 1'");
	await watch(database.current.pool, ORDER_PAID);
	await watch(database.current.pool, {
		...ORDER_PAID,
		name: "points",
		payload: "jsonb_build_object('value', public.points(NEW.total))",
	});
	expect(await watches("check")).toMatchObject({ code: 0, stdout: "order_paid: ok\npoints: ok\n", stderr: "" });
	await query("DROP FUNCTION public.points(numeric)");
	expect((await watches("list")).stdout).not.toContain("broken");
	expect(await watches("check")).toMatchObject({
		code: 1,
		stdout: "order_paid: ok\npoints: function public.points(numeric) does not exist\n",
	});
	const one = await watches("check", "order_paid", "--json");
	expect(JSON.parse(one.stdout)).toEqual({ name: "order_paid", problem: null });
});

test("a rule that waits while it is planned is named, and does not keep the others from being checked", {
	timeout: 60_000,
}, async () => {
	const waiting = (seconds: number) =>
		query(`CREATE OR REPLACE FUNCTION public.waiting(n numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE
			AS $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN n; END $$`);
	await waiting(0);
	await watch(database.current.pool, {
		...ORDER_PAID,
		name: "a_waiting_one",
		payload: "jsonb_build_object('value', public.waiting(1))",
	});
	await watch(database.current.pool, ORDER_PAID);
	await waiting(3600);
	expect(await watches("check")).toMatchObject({
		code: 1,
		stdout:
			"a_waiting_one: planning its expressions took more than 5 s: does a function in them wait?\norder_paid: ok\n",
		stderr: "",
	});
});
