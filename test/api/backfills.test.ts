import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli, startCli } from "../cli/run-cli.ts";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { ORDER_PAID, ORDERS, users, watch } from "../watches/rules.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";

let database: TestDatabase;
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;

beforeEach(async () => {
	database = await createTestDatabase();
	await database.query(`${ORDERS}; ALTER TABLE orders ADD created_at timestamptz DEFAULT now()`);
	console = await startConsole(database.url);
	operator = as(OPERATOR, console);
});
afterEach(async () => {
	await console.close();
	await database.drop();
});

const ALL = { all: true, per_second: 10_000 };
/** Does not end while it is looked at, however busy the machine is. */
const SLOWLY = { all: true, per_second: 4 };

async function paidOrders(count: number): Promise<void> {
	await database.query(`INSERT INTO orders SELECT n, n, 1, 'paid' FROM generate_series(1, ${count}) n`);
	await watch(database.pool, ORDER_PAID);
}

const begin = (body: object = ALL) => operator.post("/watches/order_paid/backfill", body);

// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
async function ended(id: string, state: string, target = operator): Promise<any> {
	await expect.poll(async () => (await target.get(`/backfills/${id}`)).json.state, { timeout: 15_000 }).toBe(state);
	return (await target.get(`/backfills/${id}`)).json;
}

async function someRows(id: string): Promise<void> {
	await expect.poll(async () => (await operator.get(`/backfills/${id}`)).json.rows).toBeGreaterThan(0);
}

async function phases(): Promise<string[]> {
	const { rows } = await database.query(
		"SELECT detail ->> 'phase' AS phase FROM reward_outbox.operations WHERE action = 'watch_backfill' ORDER BY operation_no",
	);
	return rows.map((row) => row["phase"]);
}

describe("a preview", () => {
	test("counts the rows, tries them, shows some, and writes nothing", async () => {
		await database.query(`INSERT INTO orders SELECT n, nullif(n, 7), 1, CASE n % 3 WHEN 0 THEN 'new' ELSE 'paid' END
			FROM generate_series(1, 30) n; UPDATE orders SET created_at = NULL WHERE id = 2`);
		await watch(database.pool, ORDER_PAID);
		await database.query("INSERT INTO orders VALUES (31, 31, 1, 'paid')");
		const { status, json, text } = await operator.post("/watches/order_paid/backfill/preview", { since: "2020-01-01" });
		expect(status, text).toBe(200);
		expect(json).toMatchObject({
			asked: { column: "created_at", since: "2020-01-01" },
			total: 30,
			without_value: 1,
			rows: 30,
			events: 18,
			known: 1,
			unneeded: 10,
			failed: 1,
			is_complete: true,
			warnings: [],
			unfinished: null,
			goes_on: false,
		});
		expect(json.sample).toHaveLength(5);
		expect(json.sample[0]).toMatchObject({ key: { id: 1 }, trigger_id: "successful_payment", user_id: "1" });
		expect(await users(database.pool)).toEqual(["31"]);
		expect((await operator.get("/backfills")).json.backfills).toEqual([]);
	});

	test("looks at the first rows of many, and says so", async () => {
		await paidOrders(10_600);
		const { json } = await operator.post("/watches/order_paid/backfill/preview", { all: true });
		expect(json).toMatchObject({ total: 10_600, is_complete: false });
		expect(json.rows).toBeLessThan(10_600);
		expect(json.events).toBe(json.rows);
	});

	test("warns of what may not be what was meant", async () => {
		const { idempotency_key: _, ...keyless } = ORDER_PAID;
		await watch(database.pool, {
			...keyless,
			operations: "{UPDATE}",
			condition: "NEW.status = 'paid' AND OLD.status <> 'paid'",
		});
		const { json } = await operator.post("/watches/order_paid/backfill/preview", { all: true });
		expect(json.warnings).toEqual([
			expect.stringMatching(/no idempotency key/),
			expect.stringMatching(/about updates and looks at OLD/),
		]);
	});
});

describe("a backfill", () => {
	test("makes events of existing rows, each once, and is on record", async () => {
		await paidOrders(1200);
		const answer = await begin({ ...ALL, reason: "customers of before" });
		expect(answer.status, answer.text).toBe(202);
		expect(answer.json).toMatchObject({ watch: "order_paid", table: "public.orders", asked: {}, total: 1200 });
		const run = await ended(answer.json.id, "done");
		expect(run).toMatchObject({ rows: 1200, events: 1200, known: 0, unneeded: 0, failed: 0, error: null });
		expect(new Set(await users(database.pool)).size).toBe(1200);
		const again = await begin();
		expect(await ended(again.json.id, "done")).toMatchObject({ rows: 1200, events: 0, known: 1200 });
		expect((await users(database.pool)).length).toBe(1200);
		expect(await phases()).toEqual(["started", "ended", "started", "ended"]);
		const { rows } = await database.query(
			"SELECT actor, reason, detail FROM reward_outbox.operations ORDER BY operation_no LIMIT 1",
		);
		expect(rows).toMatchObject([{ actor: actorCalled("olga"), reason: "customers of before" }]);
		expect(console.logged).toEqual(
			expect.arrayContaining([
				{ message: "backfill started", fields: expect.objectContaining({ watch: "order_paid", actor: "olga" }) },
				{ message: "backfill ended", fields: expect.objectContaining({ state: "done" }) },
			]),
		);
	});

	test("keeps to its pace, is stopped from any console, and goes on where it was", async () => {
		await paidOrders(300);
		await using other = await startConsole(database.url);
		const { json } = await begin(SLOWLY);
		await someRows(json.id);
		const second = await operator.post("/watches/order_paid/backfill", ALL);
		expect([second.status, second.json.code]).toEqual([409, "run_under_way"]);
		const elsewhere = await as(OPERATOR, other).post("/watches/order_paid/backfill", ALL);
		expect([elsewhere.status, elsewhere.json.detail]).toEqual([409, expect.stringMatching(/another process works/)]);
		const stopped = await as(OPERATOR, other).post(`/backfills/${json.id}/stop`);
		expect([stopped.status, stopped.json.state]).toEqual([200, "stopped"]);
		await expect
			.poll(() => console.logged.map(({ message, fields }) => [message, fields]))
			.toContainEqual(["backfill ended", expect.objectContaining({ state: "stopped" })]);
		const { rows: before } = await ended(json.id, "stopped");
		expect(before).toBeLessThan(300);
		expect((await users(database.pool)).length).toBe(before);
		expect((await operator.post(`/backfills/${json.id}/stop`)).status).toBe(409);
		const resumed = await as(OPERATOR, other).post(`/backfills/${json.id}/resume`, { per_second: 10_000 });
		expect(resumed.status, resumed.text).toBe(202);
		expect(await ended(json.id, "done")).toMatchObject({ rows: 300, events: 300, total: 300, per_second: 10_000 });
		expect((await users(database.pool)).length).toBe(300);
		expect(await phases()).toEqual(["started", "stopped", "resumed", "ended"]);
		const late = await operator.post(`/backfills/${json.id}/resume`, { per_second: 10 });
		expect([late.status, late.json.detail]).toEqual([409, "this backfill is done already"]);
	});

	test("of the command line is seen, and stopped, by a console; it says so", async () => {
		await paidOrders(300);
		const env = { DATABASE_URL: database.url, USER: "alice" };
		const running = startCli(["watches", "backfill", "order_paid", "--all", "--rate", "20", "--yes"], env);
		const first = async () => (await operator.get("/backfills")).json.backfills[0];
		await expect.poll(async () => (await first())?.rows ?? 0, { timeout: 15_000 }).toBeGreaterThan(0);
		expect(await first()).toMatchObject({ state: "running", actor: "alice", total: 300, per_second: 20 });
		await operator.post(`/backfills/${(await first()).id}/stop`);
		expect(await running.ended).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(/backfill \d+ was stopped from elsewhere\nhint: Ask for the same again/),
		});
		expect(await runCli(["watches", "backfill", "order_paid", "--all", "--yes"], env)).toMatchObject({ code: 0 });
		expect((await users(database.pool)).length).toBe(300);
	}, 60_000);

	test("is left between batches when its process ends, and another console goes on with it", async () => {
		await paidOrders(200);
		await using other = await startConsole(database.url);
		const { json } = await as(OPERATOR, other).post("/watches/order_paid/backfill", SLOWLY);
		await someRows(json.id);
		await other.close();
		expect(await ended(json.id, "stopped")).toMatchObject({ error: null });
		await operator.post(`/backfills/${json.id}/resume`, { per_second: 10_000 });
		expect(await ended(json.id, "done")).toMatchObject({ events: 200 });
	});

	test("goes on after the database has cut its connections", async () => {
		await paidOrders(100);
		const { json } = await begin({ ...ALL, per_second: 50 });
		await someRows(json.id);
		await database.query(
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reward-outbox console' AND datname = current_database()",
		);
		expect(await ended(json.id, "done")).toMatchObject({ rows: 100, events: 100 });
		expect((await users(database.pool)).length).toBe(100);
	});

	test("whose rule is changed meanwhile is given up, says why, and is begun anew", async () => {
		await paidOrders(200);
		const { json } = await begin(SLOWLY);
		await someRows(json.id);
		await watch(database.pool, { ...ORDER_PAID, payload: "'{}'" });
		expect(await ended(json.id, "stopped")).toMatchObject({ error: expect.stringMatching(/was changed or removed/) });
		const anew = await operator.post(`/backfills/${json.id}/resume`, { per_second: 10_000 });
		expect(anew.json.id).not.toBe(json.id);
		expect(await ended(anew.json.id, "done")).toMatchObject({ rows: 200 });
		expect((await operator.get(`/backfills/${json.id}`)).json.state).toBe("abandoned");
		expect((await users(database.pool)).length).toBe(200);
	});

	test("asked for with other words is refused until it is to begin anew", async () => {
		await paidOrders(200);
		const { json } = await begin(SLOWLY);
		await someRows(json.id);
		await operator.post(`/backfills/${json.id}/stop`);
		await expect.poll(async () => (await begin({ ...ALL, all: false, since: "9d" })).json.code).toBe("not_done");
		const preview = await operator.post("/watches/order_paid/backfill/preview", { since: "9d" });
		expect(preview.json).toMatchObject({ goes_on: false, unfinished: { id: json.id, state: "stopped" } });
		expect((await operator.post("/watches/order_paid/backfill/preview", { all: true })).json.goes_on).toBe(true);
		const anew = await begin({ since: "9d", per_second: 10_000, restart: true });
		expect(await ended(anew.json.id, "done")).toMatchObject({ rows: 200 });
		expect((await operator.get("/backfills")).json.backfills).toMatchObject([
			{ id: anew.json.id, state: "done", asked: { column: "created_at", since: "9d" } },
			{ id: json.id, state: "abandoned" },
		]);
	});

	test("through a rule without a key needs to be allowed", async () => {
		const { idempotency_key: _, ...keyless } = ORDER_PAID;
		await database.query("INSERT INTO orders VALUES (1, 1, 1, 'paid')");
		await watch(database.pool, keyless);
		const refused = await begin();
		expect([refused.status, refused.json.hint]).toEqual([409, expect.stringMatching(/allow_duplicates/)]);
		const { json } = await begin({ ...ALL, allow_duplicates: true });
		expect(await ended(json.id, "done")).toMatchObject({ events: 1 });
	});
});

describe("what cannot be asked for", () => {
	test.each([
		[{ per_second: 1 }, 400, /which rows are meant is not said/],
		[{ all: true, since: "1d", per_second: 1 }, 400, /all goes with neither since nor until/],
		[{ since: "yesterday", per_second: 1 }, 400, /since yesterday: expected a date/],
		[{ since: "1d", column: "craeted_at", per_second: 1 }, 400, /no column craeted_at/],
		[{ all: true, per_second: 0 }, 400, /per_second/],
		[{ all: true, per_second: 1, nope: 1 }, 400, /nope/],
		[{ since: "x", column: "id", per_second: 1 }, 400, /refused a value/],
	])("%j", async (body, status, detail) => {
		await paidOrders(1);
		const answer = await begin(body);
		expect([answer.status, answer.json.detail], answer.text).toEqual([status, expect.stringMatching(detail)]);
		expect((await operator.get("/backfills")).json.backfills).toEqual([]);
	});

	test("by a viewer, of a rule that is not there, or captures what is gone", async () => {
		await paidOrders(1);
		await watch(database.pool, {
			...ORDER_PAID,
			name: "gone",
			operations: "{DELETE}",
			condition: "true",
			user_id: "OLD.id::text",
			payload: "'{}'",
			idempotency_key: "OLD.id::text",
		});
		expect((await as(VIEWER, console).post("/watches/order_paid/backfill", ALL)).status).toBe(403);
		expect((await operator.post("/watches/nope/backfill", ALL)).json).toMatchObject({
			status: 404,
			code: "no_such_watch",
		});
		expect((await operator.post("/watches/gone/backfill", ALL)).json).toMatchObject({
			status: 409,
			detail: expect.stringMatching(/captures deleted rows/),
		});
		expect((await operator.get("/backfills/99")).json).toMatchObject({ status: 404, code: "no_such_backfill" });
		expect((await operator.post("/backfills/99/stop")).status).toBe(404);
	});
});
