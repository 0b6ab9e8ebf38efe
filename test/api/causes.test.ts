import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Status } from "../../src/event/event.ts";
import { claimOnce, fail, insertOne, type NewEvent } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

let database: TestDatabase;
let console: ConsoleUnderTest;
let viewer: ReturnType<typeof as>;

beforeEach(async () => {
	database = await createTestDatabase();
	console = await startConsole(database.url);
	viewer = as(VIEWER, console);
});
afterEach(async () => {
	await console.close();
	await database.drop();
});

interface Answer {
	readonly http: number | null;
	readonly code: string | null;
	readonly message: string | null;
}

/** An event whose last attempt was answered like this. */
async function failed(status: "dead" | "uncertain", { http, code, message }: Answer, event: NewEvent = {}) {
	const id = await eventIn(database, status, event);
	await database.query(
		"UPDATE reward_outbox.attempt_log SET http_status = $2, error_code = $3, error_message = $4 WHERE event_id = $1",
		[id, http, code, message],
	);
	return id;
}

const NO_USER = (user: string) => ({
	http: 422,
	code: "user_not_found",
	message: `No user "${user}" (id 4711) exists`,
});
const found = async (query: string): Promise<string[]> =>
	((await viewer.get(`/events?${query}`)).json.events as { id: string }[]).map(({ id }) => id);

describe("what fails, by its cause", () => {
	test("is grouped by trigger, status, answer and what the messages have in common", async () => {
		await failed("dead", NO_USER("ada"), { user: "ada", payload: '{"value": 10.50}' });
		const newest = await failed("dead", NO_USER("grace"), { user: "grace", payload: '{"value": 0.25}' });
		await failed("dead", NO_USER("grace"), { user: "grace", trigger: "other" });
		await failed("uncertain", { http: null, code: "ECONNRESET", message: "socket hang up" }, { payload: "{}" });
		await eventIn(database, "delivered");
		await eventIn(database, "cancelled");
		const { status, json } = await viewer.get("/failures");
		expect(status).toBe(200);
		expect(json.at_least).toBe(false);
		expect(json.groups).toHaveLength(3);
		expect(json.groups[0]).toMatchObject({
			status: "dead",
			trigger_id: "payment",
			http_status: 422,
			error_code: "user_not_found",
			error: "No user * (id *) exists",
			events: 2,
			users: 2,
			value: "10.75",
			example_id: newest,
			example_error: 'No user "grace" (id 4711) exists',
		});
		expect(json.groups).toContainEqual(
			expect.objectContaining({ status: "uncertain", http_status: null, error_code: "ECONNRESET", value: null }),
		);
	});

	test("includes what is tried again, behind what needs a person", async () => {
		const waiting = await insertOne(database.pool);
		const claimed = (await claimOnce(database)).events.find(({ eventId }) => eventId === waiting);
		if (claimed === undefined) throw new Error("not claimed");
		await fail(database, [claimed], { decision: { next: "pending", delayMs: 60_000, excused: false } });
		await failed("dead", NO_USER("ada"));
		const { groups } = (await viewer.get("/failures")).json;
		expect(groups.map(({ status }: { status: Status }) => status)).toEqual(["dead", "pending"]);
	});

	test("is found by the same fields, each group exactly, and no other event", async () => {
		const one = await failed("dead", NO_USER("ada"));
		const two = await failed("dead", NO_USER("grace"));
		const other = await failed("dead", { ...NO_USER("ada"), message: "The user was deleted" });
		const silent = await failed("dead", { http: 500, code: null, message: null });
		const unsent = await failed("dead", {
			http: null,
			code: "ECONNREFUSED",
			message: "connect ECONNREFUSED 127.0.0.1:1",
		});
		const newestFirst = (...ids: string[]) => ids.sort().reverse();
		const shape = encodeURIComponent("No user * (id *) exists");
		expect(await found("status=dead&http_status=422&error_code=user_not_found")).toEqual(newestFirst(one, two, other));
		expect(await found(`error=${shape}`)).toEqual(newestFirst(one, two));
		expect(await found(`error=${encodeURIComponent('No user "linus" (id 1) exists')}`)).toEqual(newestFirst(one, two));
		expect(await found("error_code=-&error=-&http_status=500")).toEqual([silent]);
		expect(await found("http_status=0")).toEqual([unsent]);
		const preview = await as(OPERATOR, console).post("/bulk/preview", {
			action: "retry",
			filter: { status: "dead", http_status: 422, error_code: "user_not_found", error: "No user * (id *) exists" },
		});
		expect(preview.json).toMatchObject({ matching: 2, will_change: 2 });
	});
});

describe("searches", () => {
	test("take several statuses, said in one or repeated, with pages in one order", async () => {
		const ids: string[] = [];
		for (const status of ["dead", "delivered", "uncertain", "dead", "cancelled"] as const) {
			const id = await eventIn(database, status);
			if (status !== "cancelled") ids.push(id);
		}
		const newest = ids.sort().reverse();
		expect(await found("status=dead,uncertain,delivered")).toEqual(newest);
		expect(await found("status=dead&status=uncertain&status=delivered")).toEqual(newest);
		const first = (await viewer.get("/events?status=dead,uncertain,delivered&limit=3")).json;
		const second = (await viewer.get(`/events?status=dead,uncertain,delivered&cursor=${first.next_cursor}`)).json;
		expect([...first.events, ...second.events].map(({ id }: { id: string }) => id)).toEqual(newest);
		const preview = await as(OPERATOR, console).post("/bulk/preview", {
			action: "retry",
			filter: { status: ["dead", "uncertain"] },
		});
		expect(preview.json).toMatchObject({ matching: 3, by_status: { dead: 2, uncertain: 1 } });
		const refused = await viewer.get("/events?status=dead,gone");
		expect(refused.json.errors).toMatchObject([{ field: "query/status" }]);
	});

	test("find text in payloads in whatever case, and nothing by its wildcards", async () => {
		const one = await eventIn(database, "dead", { payload: '{"sku": "A-17%", "value": 1}' });
		await eventIn(database, "dead", { payload: '{"sku": "B-17", "value": 1}' });
		expect(await found("text=a-17%25")).toEqual([one]);
		expect(await found("text=a-17%25&status=dead")).toEqual([one]);
		expect(await found("text=a-17%25&status=delivered")).toEqual([]);
		expect(await found("text=%25")).toEqual([one]);
	});
});

describe("statistics by trigger", () => {
	test("count attempts by outcome, and tell how long delivery took and what was paid", async () => {
		await eventIn(database, "delivered", { trigger: "paid", payload: '{"value": 2.50}' });
		await eventIn(database, "delivered", { trigger: "paid", payload: '{"value": 0.01}' });
		await eventIn(database, "dead", { trigger: "paid" });
		await eventIn(database, "dead", { trigger: "broken" });
		const { status, json } = await viewer.get("/triggers/statistics?minutes=5");
		expect(status).toBe(200);
		expect(json).toMatchObject({ at_least: false, since: expect.any(String) });
		expect(json.triggers).toMatchObject([
			{ trigger_id: "paid", events: 3, accepted: 2, accepted_value: "2.51", latency_p50_ms: expect.any(Number) },
			{ trigger_id: "broken", events: 1, accepted: 0, accepted_value: null, latency_p50_ms: null },
		]);
	});
});
