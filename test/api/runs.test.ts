import { afterEach, beforeEach, expect, test } from "vitest";
import { accept, claimAll } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { as, type ConsoleUnderTest, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

let database: TestDatabase;
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;

beforeEach(async () => {
	database = await createTestDatabase();
	console = await startConsole(database.url);
	operator = as(OPERATOR, console);
});
afterEach(async () => {
	await console.close();
	await database.drop();
});

async function retryDead(): Promise<string> {
	const order = { action: "retry", filter: { status: "dead" }, max: 100, per_second: 1000 };
	const { json } = await operator.post("/bulk", order);
	await expect.poll(async () => (await operator.get(`/bulk/${json.id}`)).json.state).toBe("done");
	return json.id;
}

const rowsOf = async (query: string) => (await operator.get(`/operations?${query}`)).json.operations;

test("a run tells what became of its events, and a search finds them", async () => {
	const ids = [await eventIn(database, "dead"), await eventIn(database, "dead"), await eventIn(database, "dead")];
	const run = await retryDead();
	expect((await operator.get(`/bulk/${run}/outcome`)).json).toMatchObject({
		by_status: { pending: 3 },
		at_least: false,
	});
	const claimed = await claimAll(database);
	await accept(
		database,
		claimed.filter(({ eventId }) => eventId !== ids[0]),
	);
	const outcome = await operator.get(`/bulk/${run}/outcome`);
	expect(outcome.json.by_status.delivered).toBe(2);
	const { events } = (await operator.get(`/events?run=${run}&status=delivered`)).json;
	expect(events.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1).sort().reverse());
	expect((await operator.get(`/events?run=${run}`)).json.events).toHaveLength(3);
	expect((await operator.get("/bulk/99/outcome")).status).toBe(404);
});

test("a run is one entry of the log, which unfolds; an event's own log has its part", async () => {
	const ids = [await eventIn(database, "dead"), await eventIn(database, "dead")];
	const run = await retryDead();
	const log = await rowsOf("");
	expect(log).toMatchObject([{ action: "bulk_retry", run_no: run, detail: { phase: "started" } }]);
	const unfolded = await rowsOf(`run=${run}`);
	expect(unfolded).toHaveLength(2);
	expect(unfolded).toMatchObject([{ action: "retry", run_no: run }, { action: "retry" }]);
	expect(await rowsOf(`event=${ids[0]}`)).toMatchObject([{ action: "retry", run_no: run }]);
});

test("the log is narrowed by time and downloaded, with formulas made harmless", async () => {
	const id = await eventIn(database, "dead");
	await operator.post(`/events/${id}/cancel`, { reason: "=cmd()" });
	expect(await rowsOf("since=1h")).toHaveLength(1);
	expect(await rowsOf("until=1h")).toHaveLength(0);
	expect((await operator.get("/operations?since=yesterday")).json.errors[0].field).toBe("query/since");
	const csv = await as(VIEWER, console).get("/operations/export?format=csv");
	expect(csv.headers["content-type"]).toMatch(/^text\/csv/);
	expect(csv.text).toMatch(/^\ufeffat,actor,action,event_id,trigger_id,reason,run_no,detail\r\n/);
	expect(csv.text).toContain("'=cmd()");
	const lines = await as(VIEWER, console).get("/operations/export?format=jsonl&action=cancel");
	expect(JSON.parse(lines.text)).toMatchObject({ action: "cancel", event_id: id });
});
