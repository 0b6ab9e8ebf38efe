import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVENT_COLUMN_NAMES } from "../../src/event/columns.ts";
import { insert, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { as, bearer, type ConsoleUnderTest, open, startConsole, VIEWER } from "./console-under-test.ts";
import { parseCsv } from "./read-csv.ts";

const database = useTestDatabase();
const FORMULA = '=HYPERLINK("http://evil.example","click")';
let console: ConsoleUnderTest;
let viewer: ReturnType<typeof as>;

beforeAll(async () => {
	console = await startConsole(database.current.url);
	viewer = as(VIEWER, console);
	await insert(database.current.pool, { user: "many", trigger: "paid" }, 1203);
	await insertOne(database.current.pool, {
		user: FORMULA,
		trigger: "+1",
		payload: '{"value": 12345678901234567890.10, "note": "a\\"b,c\\nd"}',
		metadata: '{"order_id": 4711}',
		idempotencyKey: "'quoted",
	});
});
afterAll(() => console.close());

describe("CSV", () => {
	test("holds every event once, under a header, over pages", async () => {
		const { status, text, headers } = await viewer.get("/events/export?format=csv&user=many");
		expect(status).toBe(200);
		expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
		expect(headers["content-disposition"]).toMatch(/^attachment; filename="events-.+\.csv"$/);
		expect(text.startsWith("\ufeff")).toBe(true);
		const [header, ...rows] = parseCsv(text.slice(1));
		expect(header).toEqual([...EVENT_COLUMN_NAMES]);
		expect(new Set(rows.map(([id]) => id)).size).toBe(1203);
		expect(rows).toHaveLength(1203);
	});

	test("makes a formula inert, and keeps numbers as they were written", async () => {
		const { text } = await viewer.get(`/events/export?format=csv&user=${encodeURIComponent(FORMULA)}`);
		const [header = [], row = []] = parseCsv(text.slice(1));
		const cell = (name: string) => row[header.indexOf(name)];
		expect(cell("user_id")).toBe(`'${FORMULA}`);
		expect(cell("trigger_id")).toBe("'+1");
		expect(cell("idempotency_key")).toBe("''quoted");
		expect(cell("payload")).toBe('{"note":"a\\"b,c\\nd","value":12345678901234567890.10}');
		expect(cell("metadata")).toBe('{"order_id":4711}');
		expect(cell("delivered_at")).toBe("");
	});
});

describe("JSON lines", () => {
	test("hold what the API answers, a line per event, up to the limit", async () => {
		const { text, headers } = await viewer.get("/events/export?format=jsonl&max=700&user=many");
		expect(headers["content-type"]).toBe("application/x-ndjson; charset=utf-8");
		const lines = text.trimEnd().split("\n");
		expect(lines).toHaveLength(700);
		const { json } = await viewer.get("/events?user=many&limit=1");
		expect(JSON.parse(lines[0] as string)).toEqual(json.events[0]);
	});

	test("of nothing are nothing", async () => {
		const { status, text } = await viewer.get("/events/export?format=jsonl&user=nobody");
		expect([status, text]).toEqual([200, ""]);
	});
});

test("what is wrong with the search is a problem, not a file", async () => {
	for (const query of ["format=xls", "", "format=csv&since=yesterday", "format=csv&max=0"]) {
		const { status, json } = await viewer.get(`/events/export?${query}`);
		expect([status, json.code]).toEqual([400, "invalid_request"]);
	}
});

test("at most two run at once, and one that is abandoned makes room", async () => {
	const path = "/api/v1/events/export?format=jsonl";
	// 64 KiB each: more than the sockets in between take in.
	await insert(database.current.pool, { user: "big", payload: JSON.stringify({ text: "x".repeat(60_000) }) }, 600);
	const first = await open(console, "GET", `${path}&user=big`, bearer(VIEWER));
	const second = await open(console, "GET", `${path}&user=big`, bearer(VIEWER));
	const third = await viewer.get("/events/export?format=jsonl&user=big");
	expect([third.status, third.json.code]).toEqual([503, "too_many_exports"]);
	first.destroy();
	await once(first, "close");
	for (;;) {
		const again = await open(console, "GET", `${path}&user=nobody`, bearer(VIEWER));
		again.resume();
		if (again.statusCode === 200) break;
		await sleep(20);
	}
	second.destroy();
});
