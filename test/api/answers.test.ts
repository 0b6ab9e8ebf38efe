import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NAMED_SCHEMAS } from "../../src/api/openapi.ts";
import type { Status } from "../../src/event/event.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

const database = useTestDatabase();
const BIG = '{"list": [1e3, 0.10], "note": "<script>", "value": 12345678901234567890.10}';
let console: ConsoleUnderTest;
let viewer: ReturnType<typeof as>;
const ids = {} as Record<Status, string>;

beforeAll(async () => {
	console = await startConsole(database.current.url);
	viewer = as(VIEWER, console);
	for (const status of ["delivered", "uncertain", "cancelled", "sending"] as const) {
		ids[status] = await eventIn(database.current, status, { user: "ada", orderingKey: status });
	}
	const metadata = '{"order_id": 4711}';
	const event = { user: "bob", trigger: "a/b c", payload: BIG, metadata, idempotencyKey: "order-4711" };
	ids.dead = await eventIn(database.current, "dead", event);
	ids.pending = await eventIn(database.current, "pending", { user: "ada", orderingKey: "pending" });
});

afterAll(() => console.close());

/** Whether an answer is what the named schema promises. */
function expectPromised(name: string, answer: unknown): void {
	const context = Object.fromEntries(NAMED_SCHEMAS.map((schema) => [`${(schema as { $id?: string }).$id}#`, schema]));
	expect(context[`${name}#`], name).toBeDefined();
	expect([...Compile(context as never, context[`${name}#`] as never).Errors(answer)], name).toEqual([]);
}

describe("answers are what their schemas promise", () => {
	test.each([
		["/session", "Session"],
		["/overview", "Overview"],
		["/series?minutes=5", "Series"],
		["/events", "EventPage"],
		["/triggers", "TriggerList"],
		["/watches", "WatchList"],
		["/watches/errors", "WatchErrorList"],
		["/operations", "OperationPage"],
		["/bulk", "BulkRunList"],
		["/backfills", "BackfillList"],
	])("GET %s answers with a %s", async (path, name) => {
		const answer = await viewer.get(path);
		expect(answer.status, answer.text).toBe(200);
		expectPromised(name, answer.json);
	});

	test("an error is a problem, with the rule for each field that is wrong", async () => {
		const answer = await viewer.get("/events?limit=0&status=lost&nope=1&since=yesterday");
		expect(answer.status).toBe(400);
		expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
		expectPromised("Problem", answer.json);
		expect(answer.json.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
			"query/limit",
			"query/nope",
			"query/status",
		]);
		expect(answer.json.detail).toContain("query/status must be one of pending, sending");
		const time = await viewer.get("/events?since=yesterday");
		expect(time.json.errors).toEqual([{ field: "query/since", rule: expect.stringContaining("2026-03-01T10:00Z") }]);
	});
});

describe("events", () => {
	test("numbers arrive as they were written, in lists and alone", async () => {
		const list = await viewer.get("/events?user=bob");
		expect(list.text).toContain("12345678901234567890.10");
		expect(list.text).toContain("0.10");
		expect((await viewer.get(`/events/${ids.dead}`)).text).toContain("12345678901234567890.10");
	});

	test.each([
		["status=dead", ["dead"]],
		["status=pending", ["pending"]],
		["user=ada&status=delivered", ["delivered"]],
		["trigger=a%2Fb%20c", ["dead"]],
		["idempotency_key=order-4711", ["dead"]],
		[`metadata=${encodeURIComponent('{"order_id": 4711}')}`, ["dead"]],
		["metadata=%7B%22order_id%22%3A%224711%22%7D", []],
		["since=1h&until=0s&user=bob", ["dead"]],
		["until=1h", []],
		["source=nothing", []],
	] as const)("are found by %s", async (query, expected) => {
		const { json } = await viewer.get(`/events?${query}`);
		expect(json.events.map(({ id }: { id: string }) => id)).toEqual(expected.map((status) => ids[status]));
	});

	test("pages follow one another to the end", async () => {
		const seen: string[] = [];
		let cursor = "";
		do {
			const { json } = await viewer.get(`/events?limit=2${cursor}`);
			seen.push(...json.events.map(({ id }: { id: string }) => id));
			cursor = json.next_cursor === null ? "" : `&cursor=${json.next_cursor}`;
		} while (cursor !== "");
		expect(seen).toHaveLength(6);
		expect(seen).toEqual(seen.toSorted().reverse());
	});

	test("one is answered with its history, the explanation and what can be done", async () => {
		const { status, json } = await viewer.get(`/events/${ids.dead.toUpperCase()}`);
		expect(status).toBe(200);
		expect(json.event).toMatchObject({ id: ids.dead, status: "dead", deliver_after: null });
		expect(json.attempts[0]).toMatchObject({ outcome: "ambiguous", decision: expect.stringMatching(/given up/) });
		expect(json.explanation[0]).toMatch(/^The event is dead/);
		expect(json.actions.retry).toEqual({ allowed: true, may_duplicate: true, why_not: null });
		expectPromised("EventDetail", json);
	});

	test.each(["pending", "sending", "delivered", "uncertain", "cancelled"] as const)(
		"one that is %s has a detail that keeps its promise",
		async (status) => {
			const { json } = await viewer.get(`/events/${ids[status]}`);
			expect(json.event.status).toBe(status);
			expectPromised("EventDetail", json);
		},
	);

	test("one that is not there is a 404 problem", async () => {
		const answer = await viewer.get("/events/019caa00-0000-7000-8000-000000000001");
		expect(answer.status).toBe(404);
		expect(answer.json).toMatchObject({ code: "no_such_event", status: 404 });
	});
});

test("operations are found by who, what and about what, page by page", async () => {
	const operator = as(OPERATOR, console);
	await operator.post("/triggers/a%2Fb%20c/pause", { reason: "first" });
	await operator.post("/triggers/a%2Fb%20c/resume", { reason: "second" });
	const of = async (query: string) => {
		const { json } = await viewer.get(`/operations?${query}`);
		return json.operations.map(({ action }: { action: string }) => action);
	};
	expect(await of("actor=olga")).toEqual(["resume", "pause"]);
	expect(await of("actor=olg")).toEqual([]);
	expect(await of("action=pause&trigger=a%2Fb%20c")).toEqual(["pause"]);
	expect(await of(`event=${ids.cancelled}`)).toEqual(["cancel"]);
	const first = await viewer.get("/operations?limit=1&actor=olga");
	const second = await viewer.get(`/operations?limit=1&actor=olga&cursor=${first.json.next_cursor}`);
	expect([first.json.operations[0].reason, second.json.operations[0].reason]).toEqual(["second", "first"]);
	expect(second.json.next_cursor).toBeNull();
});
