import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cancelEvents, retryEvents } from "../../src/store/decide-events.ts";
import { accept, claimAll, insert } from "../store/events.ts";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { as, bearer, type ConsoleUnderTest, OPERATOR, send, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

let database: TestDatabase;
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;
const reason = "the shop was down";

beforeEach(async () => {
	database = await createTestDatabase();
	console = await startConsole(database.url);
	operator = as(OPERATOR, console);
});
afterEach(async () => {
	await console.close();
	await database.drop();
});

/** Cancelled events: the cheapest that can be retried. */
async function cancelled(count: number, user = "ada"): Promise<string[]> {
	const ids = await insert(database.pool, { user }, count);
	await cancelEvents(database.pool, ids, { actor: "test", reason: "test" });
	// In the order in which a run takes them: ids of one millisecond are in any order.
	return ids.toSorted();
}

// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
async function ended(id: string, state: string, target = operator): Promise<any> {
	await expect.poll(async () => (await target.get(`/bulk/${id}`)).json.state, { timeout: 15_000 }).toBe(state);
	return (await target.get(`/bulk/${id}`)).json;
}

async function pendingCount(): Promise<number> {
	const { rows } = await database.query(
		"SELECT count(*)::integer AS n FROM reward_outbox.events WHERE status = 'pending'",
	);
	return rows[0]?.["n"];
}

async function operations(action: string) {
	const { rows } = await database.query(
		"SELECT actor, reason, trigger_id, detail FROM reward_outbox.operations WHERE action = $1 ORDER BY operation_no",
		[action],
	);
	return rows;
}

const ORDER = { action: "retry", filter: { status: "cancelled" }, reason, max: 100_000, per_second: 10_000 };

describe("a preview", () => {
	test("counts what matches, what would change and why the rest would not", async () => {
		for (const status of ["dead", "dead", "delivered", "uncertain", "cancelled", "sending"] as const) {
			await eventIn(database, status, { user: "ada", trigger: status === "dead" ? "broken" : "paid" });
		}
		const { status, json } = await operator.post("/bulk/preview", { action: "retry", filter: { user: "ada" } });
		expect(status).toBe(200);
		expect(json).toMatchObject({
			matching: 6,
			at_least: false,
			will_change: 3,
			by_status: { dead: 2, delivered: 1, uncertain: 1, cancelled: 1, sending: 1 },
			may_duplicate: 2,
		});
		expect(json.by_trigger).toEqual([
			{ trigger_id: "paid", events: 4 },
			{ trigger_id: "broken", events: 2 },
		]);
		expect(json.left_out.map(({ events }: { events: number }) => events)).toEqual([1, 1, 1]);
		expect(json.sample).toHaveLength(3);
		const allowed = await operator.post("/bulk/preview", {
			action: "retry",
			filter: { user: "ada" },
			allow_duplicates: true,
		});
		expect(allowed.json).toMatchObject({ will_change: 5, may_duplicate: 4 });
		const cancel = await operator.post("/bulk/preview", { action: "cancel", filter: { user: "ada" } });
		expect(cancel.json).toMatchObject({ will_change: 3, may_duplicate: 0 });
	});

	test("says what is beyond the oldest that are asked for, and changes nothing", async () => {
		const ids = await cancelled(10);
		const { json } = await operator.post("/bulk/preview", { action: "retry", filter: { user: "ada" }, max: 4 });
		expect(json).toMatchObject({ matching: 10, will_change: 4, left_out: [{ events: 6 }] });
		expect(json.sample.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids.slice(0, 4));
		expect(await pendingCount()).toBe(0);
	});

	test("tells numbers in metadata apart that doubles cannot", async () => {
		const filter = (id: string) => `{"action":"retry","filter":{"metadata":{"id":${id}}}}`;
		await insert(database.pool, { metadata: '{"id": 9007199254740993}' });
		const matching = async (id: string) =>
			(await send(console, "POST", "/api/v1/bulk/preview", bearer(OPERATOR), filter(id))).json.matching;
		expect(await matching("9007199254740993")).toBe(1);
		expect(await matching("9007199254740992")).toBe(0);
	});
});

describe("a run", () => {
	test("does what the preview said, in batches, and is on record at its beginning and its end", async () => {
		await cancelled(450);
		await cancelled(5, "bob");
		const answer = await operator.post("/bulk", { ...ORDER, filter: { status: "cancelled", user: "ada" } });
		expect(answer.status, answer.text).toBe(202);
		expect(answer.json).toMatchObject({
			action: "retry",
			actor: "olga",
			reason,
			filter: { user: "ada" },
			per_second: 10_000,
		});
		const run = await ended(answer.json.id, "done");
		expect(run).toMatchObject({ total: 450, examined: 450, done: 450, skipped: 0, error: null });
		expect(run.ended_at).not.toBeNull();
		expect(await pendingCount()).toBe(450);
		const [started, over] = await operations("bulk_retry");
		expect(started).toMatchObject({
			actor: actorCalled("olga"),
			reason,
			detail: { phase: "started", filter: { user: "ada" } },
		});
		expect(over).toMatchObject({
			actor: actorCalled("olga"),
			detail: { phase: "ended", state: "done", total: 450, done: 450 },
		});
		expect((await operations("retry")).every(({ actor }) => actor === actorCalled("olga"))).toBe(true);
		expect((await operations("retry")).length).toBe(450);
		expect((await operator.get("/bulk")).json.runs).toMatchObject([{ id: answer.json.id, state: "done" }]);
	});

	test("cancels as well", async () => {
		await insert(database.pool, { user: "ada" }, 20);
		const { json } = await operator.post("/bulk", { ...ORDER, action: "cancel", filter: { user: "ada" } });
		expect(await ended(json.id, "done")).toMatchObject({ done: 20 });
		expect(await pendingCount()).toBe(0);
		expect(await operations("bulk_cancel")).toHaveLength(2);
	});

	test("keeps to its pace, and is stopped half way", async () => {
		await cancelled(200);
		const begun = performance.now();
		const { json } = await operator.post("/bulk", { ...ORDER, per_second: 20 });
		await expect.poll(async () => (await operator.get(`/bulk/${json.id}`)).json.done).toBeGreaterThan(0);
		const stopping = await operator.post(`/bulk/${json.id}/stop`);
		expect(["stopping", "stopped"]).toContain(stopping.json.state);
		const run = await ended(json.id, "stopped");
		expect(run.done).toBeLessThan(200);
		// The first batch goes at once, each further one a second later.
		expect(run.done).toBeLessThanOrEqual(20 * (1 + (performance.now() - begun) / 1000));
		expect(run.done).toBe(await pendingCount());
		const [, over] = await operations("bulk_retry");
		expect(over).toMatchObject({ detail: { state: "stopped", done: run.done } });
		expect(await operations("bulk_stop")).toMatchObject([
			{ actor: actorCalled("olga"), detail: { run: Number(json.id) } },
		]);
		expect((await operator.post(`/bulk/${json.id}/stop`)).status).toBe(409);
	});

	test("is the only one, on every console of the database, and any of them stops it", async () => {
		await cancelled(100);
		await using other = await startConsole(database.url);
		const { json } = await operator.post("/bulk", { ...ORDER, per_second: 10 });
		for (const target of [operator, as(OPERATOR, other)]) {
			const second = await target.post("/bulk", ORDER);
			expect([second.status, second.json.code]).toEqual([409, "run_under_way"]);
		}
		expect((await as(VIEWER, other).get(`/bulk/${json.id}`)).json.state).toBe("running");
		await as(OPERATOR, other).post(`/bulk/${json.id}/stop`);
		await ended(json.id, "stopped");
		expect((await operator.post("/bulk", { ...ORDER, filter: { user: "nobody" } })).status).toBe(202);
	});

	test("stops between batches when its process does, and says so", async () => {
		await cancelled(100);
		await using other = await startConsole(database.url);
		const { json } = await as(OPERATOR, other).post("/bulk", { ...ORDER, per_second: 10 });
		await expect.poll(async () => (await operator.get(`/bulk/${json.id}`)).json.done).toBeGreaterThan(0);
		await other.close();
		const run = await ended(json.id, "stopped");
		expect(run).toMatchObject({ error: "its process was stopped" });
		expect(run.done).toBe(await pendingCount());
	});

	test("goes on after the database has cut its connections", async () => {
		await cancelled(60);
		const { json } = await operator.post("/bulk", { ...ORDER, per_second: 30 });
		await expect.poll(async () => (await operator.get(`/bulk/${json.id}`)).json.done).toBeGreaterThan(0);
		await database.query(
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reward-outbox console' AND datname = current_database()",
		);
		const run = await ended(json.id, "done");
		expect(run).toMatchObject({ examined: 60, total: 60 });
		expect(await pendingCount()).toBe(60);
	});

	test("leaves alone what has come to stand otherwise since it was selected", async () => {
		const ids = await cancelled(30);
		const { json } = await operator.post("/bulk", { ...ORDER, allow_duplicates: true, per_second: 10 });
		await expect.poll(async () => (await operator.get(`/bulk/${json.id}`)).json.total).toBe(30);
		const last = ids.slice(-1);
		await retryEvents(database.pool, last, false, { actor: "somebody", reason: "else" });
		await accept(
			database,
			(await claimAll(database)).filter(({ eventId }) => eventId === last[0]),
		);
		const run = await ended(json.id, "done");
		expect(run).toMatchObject({ done: 29, skipped: 1 });
	});

	test("whose process is gone is known as failed, and does not stand in the way", async () => {
		await database.query(
			`SELECT reward_outbox.begin_bulk_run('retry', '{"status": "dead"}', 'r', false, 1, 1, 'gone')`,
		);
		expect((await operator.post("/bulk", ORDER)).status).toBe(409);
		await database.query("UPDATE reward_outbox.bulk_runs SET seen_at = clock_timestamp() - interval '2 minutes'");
		expect((await operator.get("/bulk")).json.runs).toMatchObject([
			{ state: "failed", error: expect.stringMatching(/gone/) },
		]);
		const { status, json } = await operator.post("/bulk", ORDER);
		expect(status).toBe(202);
		await ended(json.id, "done");
	});
});

describe("what cannot be asked for", () => {
	test.each([
		[{ ...ORDER, filter: {} }, "body/filter"],
		[{ ...ORDER, max: 0 }, "body/max"],
		[{ ...ORDER, max: 100_001 }, "body/max"],
		[{ ...ORDER, per_second: 0 }, "body/per_second"],
		[{ ...ORDER, reason: " " }, "body/reason"],
		[{ ...ORDER, action: "delete" }, "body/action"],
		[{ ...ORDER, filter: { since: "last week" } }, "body/filter/since"],
		[{ ...ORDER, filter: { status: "dead", user: 1 } }, "body/filter/user"],
	])("%j is refused for %s", async (body, field) => {
		const { status, json } = await operator.post("/bulk", body);
		expect([status, json.errors[0].field]).toEqual([400, field]);
	});

	test("a run that is not there is 404", async () => {
		expect((await operator.get("/bulk/99")).json).toMatchObject({ status: 404, code: "no_such_run" });
		expect((await operator.post("/bulk/99/stop")).status).toBe(404);
	});
});
