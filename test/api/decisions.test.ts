import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STATUSES } from "../../src/event/event.ts";
import { claimAll, insertOne, statusOf } from "../store/events.ts";
import { actorCalled } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { watch } from "../watches/rules.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

const database = useTestDatabase();
const NOBODY = "019caa00-0000-7000-8000-000000000001";
const reason = "the shop's webhook was down";
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;

beforeAll(async () => {
	console = await startConsole(database.current.url);
	operator = as(OPERATOR, console);
});
afterAll(() => console.close());

async function lastOperation(): Promise<Record<string, unknown>> {
	const { rows } = await database.current.query(
		"SELECT actor, action, event_id, trigger_id, reason, detail FROM reward_outbox.operations ORDER BY operation_no DESC LIMIT 1",
	);
	return rows[0] ?? {};
}

const OLGA = actorCalled("olga");

describe("what is done to an event goes on record with the token's name", () => {
	test("retry", async () => {
		const id = await eventIn(database.current, "dead");
		const { status, json } = await operator.post(`/events/${id}/retry`, { reason });
		expect([status, json]).toEqual([200, { event_id: id, done: true, was: "dead", note: null }]);
		expect(await statusOf(database.current, id)).toBe("pending");
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "retry", event_id: id, reason });
		await claimAll(database.current);
	});

	test("retry of what may be applied needs to be allowed", async () => {
		const id = await eventIn(database.current, "delivered");
		const refused = await operator.post(`/events/${id}/retry`, { reason });
		expect(refused.status).toBe(409);
		expect(refused.json).toMatchObject({
			code: "not_done",
			detail: expect.stringMatching(/may reward the user twice/),
		});
		expect((await operator.post(`/events/${id}/retry`, { reason, allow_duplicates: true })).status).toBe(200);
		expect(await lastOperation()).toMatchObject({ detail: { was: "delivered", allow_duplicates: true } });
		await claimAll(database.current);
	});

	test("cancel", async () => {
		const id = await eventIn(database.current, "pending");
		expect((await operator.post(`/events/${id}/cancel`, { reason })).json).toMatchObject({
			done: true,
			was: "pending",
		});
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "cancel", event_id: id, reason });
		expect((await operator.post(`/events/${id}/cancel`, { reason })).status).toBe(409);
	});

	test.each([
		["delivered", "delivered"],
		["not-delivered", "pending"],
	])("resolve as %s", async (decided, becomes) => {
		const id = await eventIn(database.current, "uncertain");
		expect((await operator.post(`/events/${id}/resolve`, { as: decided, reason })).status).toBe(200);
		expect(await statusOf(database.current, id)).toBe(becomes);
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "resolve", detail: { as: decided } });
		await claimAll(database.current);
	});

	test.each(["retry", "cancel", "resolve"])("%s of an event that is not there is 404", async (action) => {
		const body = action === "resolve" ? { as: "delivered", reason } : { reason };
		const { status, json } = await operator.post(`/events/${NOBODY}/${action}`, body);
		expect([status, json.code]).toEqual([404, "no_such_event"]);
	});

	test("what cannot be undone needs a reason: without one nothing is decided", async () => {
		const id = await eventIn(database.current, "uncertain");
		for (const body of [{}, { reason: "" }, { reason: "  " }, { reason: 1 }, { reason: "x".repeat(1001) }]) {
			const { status, json } = await operator.post(`/events/${id}/resolve`, { as: "delivered", ...body });
			expect(status).toBe(400);
			expect(json.errors[0].field).toBe("body/reason");
		}
		expect(await statusOf(database.current, id)).toBe("uncertain");
	});

	test("retry and cancel go without a reason, as on the command line; a blank one is none", async () => {
		const id = await eventIn(database.current, "dead");
		expect((await operator.post(`/events/${id}/retry`, { reason: " " })).status).toBe(400);
		expect((await operator.post(`/events/${id}/retry`)).status).toBe(200);
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "retry", reason: null });
		expect((await operator.post(`/events/${id}/cancel`)).status).toBe(200);
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "cancel", reason: null });
	});
});

describe("the actions that a page offers are those that the database does", () => {
	const ACTIONS = [
		["retry", { reason, allow_duplicates: true }],
		["cancel", { reason }],
		["resolve", { as: "delivered", reason }],
	] as const;

	test.each(STATUSES.flatMap((status) => ACTIONS.map(([action, body]) => [status, action, body] as const)))(
		"%s: %s",
		async (status, action, body) => {
			const id = await eventIn(database.current, status);
			const { json } = await operator.get(`/events/${id}`);
			const { allowed, why_not } = json.actions[action];
			expect(allowed).toBe(why_not === null);
			const answer = await operator.post(`/events/${id}/${action}`, body);
			expect(answer.status).toBe(allowed ? 200 : 409);
			if (!allowed) expect(answer.json.detail).toBe(why_not);
		},
	);

	test("a new event of an ordering key goes in its order", async () => {
		const id = await insertOne(database.current.pool, { orderingKey: "k" });
		const { json } = await operator.get(`/events/${id}`);
		const answer = await operator.post(`/events/${id}/retry`, { reason });
		expect([answer.status, answer.json.detail]).toEqual([409, json.actions.retry.why_not]);
	});
});

describe("triggers", () => {
	test("are changed, paused and resumed, by ids with a slash too", async () => {
		const changed = await operator.patch("/triggers/shop%2Fpaid", { max_attempts: 3, rate_per_second: 0.5 });
		expect(changed.status, changed.text).toBe(200);
		expect(changed.json).toMatchObject({
			trigger_id: "shop/paid",
			max_attempts: 3,
			rate_per_second: 0.5,
			configured: true,
		});
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "set", trigger_id: "shop/paid" });
		expect((await operator.patch("/triggers/shop%2Fpaid", { max_attempts: null })).json.max_attempts).toBeNull();
		const paused = await operator.post("/triggers/shop%2Fpaid/pause", { reason });
		expect(paused.json).toMatchObject({ paused_by: "olga", paused_reason: reason });
		expect((await operator.post("/triggers/shop%2Fpaid/resume", { reason })).json.paused_at).toBeNull();
		expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "resume", reason });
		expect((await operator.post("/triggers/shop%2Fpaid/resume")).status).toBe(409);
	});

	test.each([
		[{}, "body"],
		[{ max_attempts: 0 }, "body/max_attempts"],
		[{ max_attempts: 1.5 }, "body/max_attempts"],
		[{ rate_per_second: 0 }, "body/rate_per_second"],
		[{ mode: "exactly_once" }, "body/mode"],
		[{ max_in_flight: "5" }, "body/max_in_flight"],
	])("%j is refused, and the field named", async (body, field) => {
		const { status, json } = await operator.patch("/triggers/t", body);
		expect([status, json.errors[0].field]).toEqual([400, field]);
	});

	test.each(["%00", "a%0Ab", "..", "%2E%2E", "x".repeat(600), "%F0%9F%92%A9".repeat(140)])(
		"no trigger can be called %s",
		async (id) => {
			const { status } = await operator.patch(`/triggers/${id}`, { max_attempts: 3 });
			expect([400, 404]).toContain(status);
		},
	);
});

test("what a watch missed is replayed and dismissed, on record", async () => {
	const { current } = database;
	await current.query("CREATE TABLE orders (id integer PRIMARY KEY, customer text)");
	await watch(current.pool, { name: "w", table_name: "public.orders", trigger_id: "paid", user_id: "NEW.customer" });
	await current.query("INSERT INTO orders VALUES (1, ''), (2, '')");
	const { json: list } = await operator.get("/watches");
	expect(list.watches).toMatchObject([{ name: "w", state: "ok", unresolved_errors: 2 }]);
	const { json: missed } = await operator.get("/watches/errors?watch=w");
	expect(missed.errors.map(({ key }: { key: unknown }) => key)).toEqual([{ id: 2 }, { id: 1 }]);
	const replayed = await operator.post("/watches/w/replay-errors");
	expect(replayed.json).toMatchObject({ replayed: 0, failed: 2 });
	expect(await lastOperation()).toMatchObject({
		actor: OLGA,
		action: "replay_watch_errors",
		detail: { watch: "w", replayed: 0, failed: 2 },
	});
	const [last] = missed.errors;
	const dismissed = await operator.post("/watches/w/dismiss-errors", { reason, error_nos: [last.error_no] });
	expect(dismissed.json).toEqual({ dismissed: 1 });
	expect(await lastOperation()).toMatchObject({ actor: OLGA, action: "dismiss_watch_errors", reason });
	expect((await operator.get("/watches/errors")).json.errors).toHaveLength(1);
	expect((await operator.get("/watches/errors?resolved=true")).json.errors).toHaveLength(2);
	expect((await operator.post("/watches/nothing/dismiss-errors", { reason })).status).toBe(404);
});
