import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NAMED_SCHEMAS } from "../../src/api/openapi.ts";
import { accept, claimAll, fail, insert, insertOne } from "../store/events.ts";
import { actorCalled } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { watch } from "../watches/rules.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
let console: ConsoleUnderTest;
let dead: string;
let operator: ReturnType<typeof as>;
let viewer: ReturnType<typeof as>;

beforeAll(async () => {
	console = await startConsole(database.current.url);
	operator = as(OPERATOR, console);
	viewer = as(VIEWER, console);
	const { current } = database;
	await accept(current, await claimAll(current, await insert(current, { user: "ada" }, 3)));
	[dead] = await insert(current, {
		user: "bob",
		trigger: "a/b c",
		payload: '{"value": 12345678901234567890.10, "note": "<script>"}',
		metadata: '{"order_id": 4711}',
		idempotencyKey: "order-4711",
	}) as [string];
	await fail(current, await claimAll(current, [dead]), { next: "dead" });
});

afterAll(() => console.close());

/** Whether an answer is what the named schema promises, and nothing besides. */
function promised(name: string, answer: unknown): void {
	const context = Object.fromEntries(NAMED_SCHEMAS.map((schema) => [`${(schema as { $id?: string }).$id}#`, schema]));
	const schema = context[`${name}#`];
	expect(schema, name).toBeDefined();
	const errors = [...Compile(context as never, schema as never).Errors(answer)];
	expect(errors, name).toEqual([]);
}

describe("what the schemas promise", () => {
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
	])("GET %s answers a viewer with a %s", async (path, name) => {
		const answer = await viewer.get(path);
		expect(answer.status, answer.text).toBe(200);
		promised(name, answer.json);
	});
});

test("an event is answered with its history, the explanation and what can be done", async () => {
	const { status, json } = await viewer.get(`/events/${dead.toUpperCase()}`);
	expect(status).toBe(200);
	expect(json.event).toMatchObject({ id: dead, status: "dead", deliver_after: null });
	expect(json.attempts).toHaveLength(1);
	expect(json.attempts[0].decision).toMatch(/given up/);
	expect(json.explanation[0]).toMatch(/^The event is dead/);
	expect(json.actions).toMatchObject({ retry: { allowed: true }, cancel: { allowed: true }, resolve: { allowed: true } });
	promised("EventDetail", json);
});

void insertOne; void actorCalled; void watch; void operator;
