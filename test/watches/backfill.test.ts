import { beforeEach, describe, expect, test } from "vitest";
import { startCli } from "../cli/run-cli.ts";
import { until } from "../relay/running.ts";
import { useBackfill } from "./backfilling.ts";
import { ORDER_PAID, users, watch } from "./rules.ts";

const { database, query, env, backfill } = useBackfill();

const tallyOf = (text: string) => {
	const { rows, events, known, unneeded, failed } = JSON.parse(text);
	return { rows, events, known, unneeded, failed };
};

describe("what becomes of rows", { timeout: 60_000 }, () => {
	test("rows that were there before the rule become events, each once", async () => {
		await query(
			"INSERT INTO orders SELECT n, n * 10, 1, CASE n % 2 WHEN 0 THEN 'paid' ELSE 'new' END FROM generate_series(1, 9) n",
		);
		await query("UPDATE orders SET created_at = '2025-01-01' WHERE id <= 4");
		await watch(database.current.pool, ORDER_PAID);
		await query("INSERT INTO orders VALUES (10, 100, 1, 'paid')");
		const first = await backfill("order_paid", "--since", "2026-01-01", "--yes", "--reason", "old customers", "--json");
		expect(first).toMatchObject({ code: 0, stderr: "" });
		expect(tallyOf(first.stdout)).toEqual({ rows: 6, events: 2, known: 1, unneeded: 3, failed: 0 });
		expect((await users(database.current.pool)).sort()).toEqual(["100", "60", "80"]);
		const again = await backfill("order_paid", "--all", "--yes");
		expect(again.stdout).toContain("10 rows: 2 became events, 3 were already, the rule does not apply to 5, 0 failed");
		expect((await users(database.current.pool)).length).toBe(5);
		const { rows } = await query(
			"SELECT actor, reason, trigger_id, detail FROM reward_outbox.operations WHERE action = 'watch_backfill' ORDER BY at LIMIT 2",
		);
		expect(rows).toMatchObject([
			{ reason: "old customers", detail: { phase: "started", watch: "order_paid", rows: 0 } },
			{
				actor: expect.stringMatching(/^alice \(/),
				trigger_id: "successful_payment",
				detail: { phase: "ended", asked: { column: "created_at", since: "2026-01-01" }, rows: 6, events: 2, known: 1 },
			},
		]);
	});

	test("a dry run looks at every row and writes nothing", async () => {
		await query("INSERT INTO orders SELECT n, nullif(n, 7), 1, 'paid' FROM generate_series(1, 1200) n");
		await watch(database.current.pool, ORDER_PAID);
		const tried = await backfill("order_paid", "--all", "--dry-run");
		expect(tried.code).toBe(1);
		expect(tried.stdout).toMatch(/\{"id":7\} .* null value in column "user_id"/);
		expect(tried.stdout).toContain(
			"order_paid on public.orders: 1,200 rows in all: 1199 would be events, 0 are already, the rule does not apply to 0, 1 would fail; nothing was written\n",
		);
		expect(await users(database.current.pool)).toEqual([]);
		expect((await query("SELECT FROM reward_outbox.watch_backfills")).rowCount).toBe(0);
	});

	test("what the rule cannot make an event of is told and passed by, and comes after it was mended", async () => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid'), (3, 30, 1, 'paid')");
		await watch(database.current.pool, ORDER_PAID);
		const first = await backfill("order_paid", "--all", "--yes");
		expect(first).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(/^\{"id":2\}: null value in column "user_id"/),
		});
		expect(await users(database.current.pool)).toEqual(["10", "30"]);
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "coalesce(NEW.customer_id, 0)::text" });
		const second = await backfill("order_paid", "--all", "--yes", "--json");
		expect(tallyOf(second.stdout)).toEqual({ rows: 3, events: 1, known: 2, unneeded: 0, failed: 0 });
	});

	test("few rows among many that are not meant: every one is found", async () => {
		await query("INSERT INTO orders SELECT n, n, 1, 'paid', '2020-01-01' FROM generate_series(1, 20000) n");
		await query("UPDATE orders SET created_at = '2026-02-01' WHERE id IN (1, 777, 12345, 20000)");
		await query("UPDATE orders SET created_at = NULL WHERE id = 5");
		await watch(database.current.pool, ORDER_PAID);
		const { stdout, stderr } = await backfill("order_paid", "--since", "2026-01-01", "--until", "2026-03-01", "--yes");
		expect(stdout).toContain("4 rows: 4 became events");
		expect(stderr).toBe("warning: 1 row has no created_at and is left out\n");
		expect((await users(database.current.pool)).sort()).toEqual(["1", "12345", "20000", "777"]);
	});

	test.each([
		["IS DISTINCT FROM", "OLD.status IS DISTINCT FROM 'paid'"],
		["an operator that null makes unknown", "OLD.status <> 'paid'"],
	])("a rule about updates only: what was before is not known, and said (%s)", async (_, before) => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'new')");
		await watch(database.current.pool, {
			...ORDER_PAID,
			operations: "{UPDATE}",
			condition: `NEW.status = 'paid' AND ${before}`,
		});
		const { stdout, stderr } = await backfill("order_paid", "--all", "--yes");
		expect(stderr).toMatch(/^warning: the rule is about updates and looks at OLD/);
		expect(stdout).toContain("1 became events, 0 were already, the rule does not apply to 1");
		expect(await users(database.current.pool)).toEqual(["10"]);
	});

	test("tables of every kind: partitioned, with a key of several columns, with odd names", async () => {
		await query(`DROP TABLE IF EXISTS "Odd Shop"; DROP TABLE IF EXISTS parted;
			CREATE TABLE "Odd Shop" ("the Day" date, kind text, n numeric, PRIMARY KEY (kind, "the Day", n));
			INSERT INTO "Odd Shop" SELECT date '2026-01-01' + n % 3, 'k''"' || n % 7, n + 0.10 FROM generate_series(1, 400) n;
			CREATE TABLE parted (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
			CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
			CREATE TABLE parted_b PARTITION OF parted DEFAULT;
			INSERT INTO parted SELECT n, chr(97 + n % 4) FROM generate_series(1, 400) n`);
		const rule = { trigger_id: "t", idempotency_key: "md5(NEW::text)" };
		await watch(database.current.pool, { ...rule, name: "odd", table_name: '"Odd Shop"', user_id: "NEW.n::text" });
		await watch(database.current.pool, { ...rule, name: "parted", table_name: "parted", user_id: "NEW.id::text" });
		for (const name of ["odd", "parted"]) {
			expect(await backfill(name, "--all", "--yes", "--rate", "100000")).toMatchObject({ code: 0, stderr: "" });
			expect(new Set(await users(database.current.pool, name)).size).toBe(400);
			expect((await users(database.current.pool, name)).length).toBe(400);
		}
		const some = await backfill("parted", "--since", "390", "--column", "id", "--yes", "--json");
		expect(tallyOf(some.stdout)).toMatchObject({ rows: 11, known: 11 });
	});
});

describe("stopped, killed, at the same time", { timeout: 60_000 }, () => {
	beforeEach(async () => {
		await query("INSERT INTO orders SELECT n, n, 1, 'paid' FROM generate_series(1, 300) n");
		await watch(database.current.pool, ORDER_PAID);
	});
	const begun = async () =>
		(await query("SELECT FROM reward_outbox.watch_backfills WHERE last_key IS NOT NULL AND ended_at IS NULL"))
			.rowCount === 1;

	test.each(["SIGINT", "SIGKILL"] as const)(
		"after %s a second run goes on, says so, and does nothing twice",
		async (signal) => {
			const running = startCli(["watches", "backfill", "order_paid", "--since", "30d", "--rate", "20", "--yes"], env());
			await until("some are done", begun);
			running.child.kill(signal);
			const ended = await running.ended;
			if (signal === "SIGINT") {
				expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("run it again with the same flags") });
			}
			const done = (await users(database.current.pool)).length;
			const again = await backfill("order_paid", "--since", "30d", "--rate", "100000", "--yes");
			expect(again).toMatchObject({ code: 0, stderr: "" });
			expect(again.stdout).toMatch(/is not finished: it goes on behind \{"id":\d+\}, after \d+ rows\n/);
			expect(again.stdout).toContain("300 rows: 300 became events, 0 were already");
			expect(done).toBeLessThan(300);
			expect(new Set(await users(database.current.pool)).size).toBe(300);
			expect((await users(database.current.pool)).length).toBe(300);
			const { rows } = await query("SELECT detail ->> 'phase' AS phase FROM reward_outbox.operations ORDER BY at");
			expect(rows.map((row) => (row as { phase: string }).phase)).toEqual([
				"started",
				...(signal === "SIGINT" ? ["stopped"] : []),
				"resumed",
				"ended",
			]);
		},
	);

	test("a second one at the same time is refused; other words are refused until --restart", async () => {
		const running = startCli(["watches", "backfill", "order_paid", "--all", "--rate", "20", "--yes"], env());
		await until("some are done", begun);
		expect(await backfill("order_paid", "--all", "--yes")).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(/^error: another process works on backfill \d+ of order_paid\n/),
		});
		running.child.kill("SIGINT");
		await running.ended;
		expect(await backfill("order_paid", "--since", "1d", "--yes")).toMatchObject({
			code: 2,
			stderr: expect.stringMatching(/is not finished, and was asked for as \{\}\nhint: .*--restart/),
		});
		expect(await backfill("order_paid", "--since", "1d", "--yes", "--restart", "--rate", "100000")).toMatchObject({
			code: 0,
		});
		expect(new Set(await users(database.current.pool)).size).toBe(300);
	});

	test("a rule that is changed meanwhile: the run ends, and the next one begins anew", async () => {
		const running = startCli(["watches", "backfill", "order_paid", "--all", "--rate", "20", "--yes"], env());
		await until("some are done", begun);
		await watch(database.current.pool, { ...ORDER_PAID, payload: "'{}'" });
		expect(await running.ended).toMatchObject({
			code: 1,
			stderr: expect.stringContaining("was changed or removed while"),
		});
		const again = await backfill("order_paid", "--all", "--yes", "--rate", "100000");
		expect(again).toMatchObject({ code: 0, stderr: "the rule was changed meanwhile: it begins anew\n" });
		expect((await users(database.current.pool)).length).toBe(300);
	});

	test("rows that are written, changed and deleted while it runs are events once", async () => {
		const running = startCli(["watches", "backfill", "order_paid", "--all", "--rate", "400", "--yes"], env());
		await until("some are done", begun);
		await query("INSERT INTO orders SELECT n, n, 1, 'paid' FROM generate_series(301, 330) n");
		await query(
			"UPDATE orders SET status = 'new' WHERE id % 10 = 0; UPDATE orders SET status = 'paid' WHERE id % 10 = 0",
		);
		await query("DELETE FROM orders WHERE id = 300");
		expect(await running.ended).toMatchObject({ code: 0 });
		const captured = await users(database.current.pool);
		expect(new Set(captured).size).toBe(330);
		expect(captured.length).toBe(330);
	});
});
