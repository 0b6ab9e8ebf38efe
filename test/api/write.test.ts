import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

const database = useTestDatabase();
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;
beforeAll(async () => {
	console = await startConsole(database.current.url);
	operator = as(OPERATOR, console);
});
afterAll(() => console.close());

const EVENT = { trigger: "payment", user: "ada", payload: { value: 1 } };

describe("an event that an operator writes", () => {
	test("as a test is sent like any other, and is on record", async () => {
		const { status, json } = await operator.post("/events", { ...EVENT, reason: "does the trigger exist?" });
		expect(status).toBe(201);
		const detail = (await operator.get(`/events/${json.event_id}`)).json;
		expect(detail.event).toMatchObject({ trigger_id: "payment", user_id: "ada", status: "pending", source: null });
		expect(detail.operations).toMatchObject([{ action: "test", reason: "does the trigger exist?" }]);
	});

	test("in place of another has its key and metadata, the numbers as they were typed, and both name each other", async () => {
		const old = await eventIn(database.current, "dead", { metadata: '{"order_id": 4711}', orderingKey: "ada" });
		await database.current.query("UPDATE reward_outbox.attempt_log SET outcome = 'refused' WHERE event_id = $1", [old]);
		const body = `{"trigger": "payment", "user": "ada.new", "payload": {"value": 12345678901234567890.10}, "of": "${old}"}`;
		const { status, json } = await operator.post("/events", body);
		expect(status).toBe(201);
		const fresh = (await operator.get(`/events/${json.event_id}`)).json;
		expect(fresh.event).toMatchObject({ user_id: "ada.new", ordering_key: "ada", metadata: { order_id: 4711 } });
		expect(fresh.operations).toMatchObject([{ action: "resend", detail: { of: old } }]);
		expect((await operator.get(`/events/${json.event_id}`)).text).toContain("12345678901234567890.10");
		const before = (await operator.get(`/events/${old}`)).json;
		expect(before.event.status).toBe("dead");
		expect(before.operations).toMatchObject([{ action: "resent", detail: { as: json.event_id } }]);
	});

	test.each(["delivered", "pending", "sending"] as const)(
		"is refused in place of one that is %s, unless duplicates are allowed",
		async (was) => {
			const of = await eventIn(database.current, was, { user: `was ${was}` });
			const refused = await operator.post("/events", { ...EVENT, of });
			expect([refused.status, refused.json.code]).toEqual([409, "not_done"]);
			expect((await operator.post("/events", { ...EVENT, of, allow_duplicates: true })).status).toBe(201);
		},
	);

	test.each([
		[{ ...EVENT, trigger: ".." }, "body/trigger"],
		[{ ...EVENT, payload: { value: "1" } }, "body/payload/value"],
		[{ ...EVENT, payload: [] }, "body/payload"],
		[{ ...EVENT, user: "a\nb" }, "body/user"],
	])("%j is refused with the field", async (body, field) => {
		const { status, json } = await operator.post("/events", body);
		expect([status, json.errors[0].field]).toEqual([400, field]);
	});

	test("in place of one that is not there is 404", async () => {
		const of = "00000000-0000-7000-8000-000000000000";
		expect((await operator.post("/events", { ...EVENT, of })).status).toBe(404);
	});
});

test("what a person set in the console is that person's, and comes back", async () => {
	expect((await operator.get("/preferences")).json).toEqual({ preferences: {} });
	const preferences = { views: '[{"name":"dead"}]' };
	expect((await operator.put("/preferences", { preferences })).status).toBe(200);
	expect((await operator.get("/preferences")).json).toEqual({ preferences });
	expect((await as(VIEWER, console).get("/preferences")).json).toEqual({ preferences: {} });
	const { status } = await operator.put("/preferences", { preferences: { views: "x".repeat(8001) } });
	expect(status).toBe(400);
});
