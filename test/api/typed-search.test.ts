import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guesses } from "../../src/store/inspect/typed-query.ts";
import { runCli } from "../cli/run-cli.ts";
import { insert, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { as, bearer, type ConsoleUnderTest, OPERATOR, send, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
let console: ConsoleUnderTest;
let viewer: ReturnType<typeof as>;
let order: string;
let textual: string;
let other: string;

beforeAll(async () => {
	const { pool } = database.current;
	await insert(pool, { user: "noise", metadata: '{"order_id": 1, "channel": "web"}' }, 50);
	order = await insertOne(pool, {
		user: "customer-9",
		trigger: "paid",
		idempotencyKey: "order-4711-paid",
		metadata: '{"order_id": 4711, "channel": "shop"}',
	});
	textual = await insertOne(pool, { user: "customer-10", metadata: '{"invoiceNumber": "4711"}' });
	other = await insertOne(pool, { user: "4711", trigger: "welcome" });
	console = await startConsole(database.current.url);
	viewer = as(VIEWER, console);
});
afterAll(() => console.close());

async function find(q: string, more = ""): Promise<string[]> {
	const { status, json } = await viewer.get(`/events?q=${encodeURIComponent(q)}${more}`);
	expect([status, json.searched.length > 0]).toEqual([200, true]);
	return json.events.map(({ id }: { id: string }) => id);
}

describe("what a person types is found", () => {
	test("a value with and without its name, whatever type it has", async () => {
		expect(await find("4711")).toEqual([other, textual, order]);
		for (const typed of ["order 4711", "order_id = 4711", "order_id=4711", "order_id: 4711", " ORDER_ID  4711 "]) {
			expect(await find(typed), typed).toEqual([order]);
		}
		expect(await find("invoice 4711")).toEqual([textual]);
		expect(await find("shop")).toEqual([order]);
		expect(await find("channel = web")).toHaveLength(50);
	});

	test("a key, a user, a trigger", async () => {
		expect(await find("order-4711-paid")).toEqual([order]);
		expect(await find("customer-10")).toEqual([textual]);
		expect(await find("welcome")).toEqual([other]);
		expect(await find("nobody")).toEqual([]);
	});

	test("an id, its beginning, and as it is displayed", async () => {
		for (const typed of [
			order,
			order.toUpperCase(),
			`${order.slice(0, 8)}…${order.slice(-6)}`,
			`${order.slice(0, 23)}...`,
		]) {
			expect(await find(typed), typed).toContain(order);
		}
		expect(await find(`${order.slice(0, 8)}…${order.slice(-6)}`)).toEqual([order]);
		expect(await find("ffffffff-ffff-ffff-ffff-ffffffffffff")).toEqual([]);
	});

	test("together with a filter, and page by page", async () => {
		expect(await find("4711", "&user=4711")).toEqual([other]);
		expect(await find("4711", "&status=dead")).toEqual([]);
		const first = await viewer.get("/events?q=4711&limit=2");
		expect(first.json.events.map(({ id }: { id: string }) => id)).toEqual([other, textual]);
		const second = await viewer.get(`/events?q=4711&limit=2&cursor=${first.json.next_cursor}`);
		expect(second.json.events.map(({ id }: { id: string }) => id)).toEqual([order]);
		expect(second.json.next_cursor).toBeNull();
	});

	test("and it is said what was searched", async () => {
		const { json } = await viewer.get("/events?q=order%204711");
		expect(json.searched).toEqual([
			"user order 4711",
			"idempotency key order 4711",
			"trigger order 4711",
			expect.stringMatching(/^metadata order, order_id, .*= 4711$/),
		]);
		expect((await viewer.get("/events")).json.searched).toBeNull();
		expect((await viewer.get("/events?q=%20")).status).toBe(400);
	});

	test("by the command line too", { timeout: 30_000 }, async () => {
		const env = { DATABASE_URL: database.current.url };
		for (const args of [
			["events", "find", "order", "4711", "--json"],
			["events", "list", "order_id = 4711", "--json"],
		]) {
			const { code, stdout, stderr } = await runCli(args, env);
			expect([code, JSON.parse(stdout).id]).toEqual([0, order]);
			expect(stderr).toBe("");
		}
		const { stdout, stderr } = await runCli(["events", "find", "order-4711-paid"], env);
		expect(stdout).toContain(order);
		expect(stderr).toMatch(/^searched: user order-4711-paid; idempotency key order-4711-paid; /);
	});
});

test.each(["", "'; DROP TABLE x", "{", "\u202e", "=", "= 4", "a".repeat(500), "😀 1", "\\", '"'])(
	"%j is typed, and no more than that",
	async (typed) => {
		expect(guesses(typed, ["a b", '"']).length).toBeGreaterThan(0);
		if (typed !== "") await find(typed);
	},
);

describe("wrong methods", () => {
	test.each([
		["DELETE", `/api/v1/events/019a3c5e-7f10-7b52-9d3f-5a6b7c8d9e0f`, "GET, HEAD"],
		["GET", `/api/v1/events/019a3c5e-7f10-7b52-9d3f-5a6b7c8d9e0f/retry`, "POST"],
		["PUT", "/api/v1/events", "GET, HEAD, POST"],
		["GET", "/api/v1/bulk/1/stop", "POST"],
		["DELETE", "/api/v1/watches/errors", "GET, HEAD"],
		["PATCH", "/metrics", "GET, HEAD"],
		["POST", "/console/", "GET, HEAD"],
		["OPTIONS", "/api/v1/overview", "GET, HEAD"],
	])("%s %s is answered with 405 and what is right", async (method, path, allow) => {
		const { status, headers } = await send(console, method, path, bearer(OPERATOR));
		expect([status, headers.allow]).toEqual([405, allow]);
	});

	test("of what is not there are 404", async () => {
		expect((await send(console, "POST", "/api/v1/nothing", bearer(OPERATOR))).status).toBe(404);
	});
});

test("a watch that is not there has nothing to replay or to dismiss: 404", async () => {
	const [replay, dismiss] = await Promise.all([
		send(console, "POST", "/api/v1/watches/nobody/replay-errors", bearer(OPERATOR), {}),
		send(console, "POST", "/api/v1/watches/nobody/dismiss-errors", bearer(OPERATOR), { reason: "a test" }),
	]);
	expect([replay.status, dismiss.status]).toEqual([404, 404]);
	const cli = await runCli(["watches", "replay-errors", "nobody"], { DATABASE_URL: database.current.url });
	expect([cli.code, cli.stderr]).toEqual([1, expect.stringContaining("there is no rule nobody")]);
});

test("a session tells whether it may act", async () => {
	const mayAct = async (token: typeof VIEWER) => (await as(token, console).get("/session")).json.may_act;
	expect([await mayAct(VIEWER), await mayAct(OPERATOR)]).toEqual([false, true]);
});

test("emit takes metadata as a search does, and status tells programs what needs a person", async () => {
	const env = { DATABASE_URL: database.current.url };
	const emitted = await runCli(["emit", "paid", "u", "--metadata", "order_id=815"], env);
	expect(emitted.code).toBe(0);
	expect(await find("order_id = 815")).toEqual([emitted.stdout.trim()]);
	const { stdout } = await runCli(["status", "--json"], env);
	expect(JSON.parse(stdout).attention).toContainEqual(
		expect.objectContaining({ code: "no_relay", severity: "critical" }),
	);
});
