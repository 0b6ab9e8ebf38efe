import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawRequest, statusOf } from "../http/raw-request.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { as, bearer, type ConsoleUnderTest, OPERATOR, send, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

const database = useTestDatabase();
let console: ConsoleUnderTest;
let operator: ReturnType<typeof as>;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-pages-"));
	const root = join(folder, "app");
	await mkdir(join(root, "assets"), { recursive: true });
	await writeFile(join(root, "index.html"), "<!doctype html><title>console</title>");
	await writeFile(join(root, "assets", "index-a1B2c3D4.js"), "export {};");
	await writeFile(join(root, "favicon.svg"), "<svg/>");
	await writeFile(join(folder, "secret.txt"), "a secret beside the pages");
	console = await startConsole(database.current.url, { pageFolders: [root] });
	operator = as(OPERATOR, console);
});
afterAll(async () => {
	await console.close();
	await rm(folder, { recursive: true });
});

describe("cursors", () => {
	test.each(["x", "AAAA", "Ab".repeat(50), "AQEiM0RVZneImaq7zN3u_w==", "bzA", "bzEtMQ", "../../etc", "%00"])(
		"%j is none of ours",
		async (cursor) => {
			for (const path of ["/events", "/operations"]) {
				const answer = await operator.get(`${path}?cursor=${cursor}`);
				expect(answer.status).toBe(400);
				expect(answer.json.code).toBe("invalid_request");
			}
			const tail = await send(console, "GET", "/api/v1/events/tail", {
				...bearer(VIEWER),
				"last-event-id": encodeURIComponent(cursor),
			});
			expect(tail.status).toBe(400);
		},
	);

	test("one of events is not one of operations", async () => {
		await eventIn(database.current, "pending");
		await eventIn(database.current, "pending");
		const { json } = await operator.get("/events?limit=1");
		expect((await operator.get(`/operations?cursor=${json.next_cursor}`)).status).toBe(400);
	});
});

describe("bodies", () => {
	const post = (body: string, headers: Record<string, string> = {}) =>
		send(console, "POST", "/api/v1/bulk/preview", { ...bearer(OPERATOR), ...headers }, body);

	test.each([
		["no JSON", "{", 400],
		["nothing", "", 400],
		["a list", "[]", 400],
		["a prototype", '{"__proto__": {"role": "operator"}, "action": "retry", "filter": {"status": "dead"}}', 400],
		["a constructor", '{"constructor": {"prototype": {"x": 1}}, "action": "retry", "filter": {"status": "dead"}}', 400],
		["a prototype within", '{"action": "retry", "filter": {"status": "dead", "metadata": {"__proto__": 1}}}', 400],
		["something unknown", '{"action": "retry", "filter": {"status": "dead"}, "as": "root"}', 400],
		["an empty filter", '{"action": "retry", "filter": {}}', 400],
		["a filter of unknown fields", '{"action": "retry", "filter": {"id": "x"}}', 400],
		["a NUL", '{"action": "retry", "filter": {"user": "a\\u0000b"}}', 400],
		["half a character", '{"action": "retry", "filter": {"user": "a\\ud800b"}}', 400],
		["a NUL in metadata", '{"action": "retry", "filter": {"metadata": {"a": "\\u0000"}}}', 400],
		["too much", `{"action": "retry", "filter": {"user": "${"x".repeat(20_000)}"}}`, 413],
		["a number without end", `{"action": "retry", "filter": {"status": "dead"}, "max": 1e999}`, 400],
	])("with %s are refused with a problem", async (_name, body, status) => {
		const answer = await post(body);
		expect(answer.status, answer.text).toBe(status);
		expect(answer.json.status).toBe(status);
		expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
	});

	test("that are very deep do no harm", async () => {
		const deep = `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`;
		expect((await post(`{"action": "retry", "filter": {"metadata": ${deep}}}`)).status).toBeLessThan(500);
	});

	test("of another kind are 415", async () => {
		const answer = await send(console, "POST", "/api/v1/bulk/preview", {
			...bearer(OPERATOR),
			"content-type": "text/plain",
		});
		expect([400, 415]).toContain(answer.status);
		const response = await fetch(`${console.url}/api/v1/session`, {
			method: "POST",
			headers: { "content-type": "application/x-www-form-urlencoded" },
			body: `token=${OPERATOR.secret}`,
		});
		expect(response.status).toBe(415);
	});
});

describe("queries", () => {
	test.each([
		"limit=1&limit=2",
		"limit=1e1",
		"limit=-1",
		"limit=201",
		"limit=%201",
		"status=dead&status=dead",
		"user=%00",
		"user=",
		`user=${"%C3%A9".repeat(257)}`,
		"metadata=[]",
		"metadata=%7B",
		"metadata=null",
		"since=2026-02-30",
		"since=2026-03-01T10:00",
		"since=9999999999w",
		"__proto__=1",
		"constructor=1",
		"toString=1",
	])("%s is refused, and says why", async (query) => {
		const { status, json } = await operator.get(`/events?${query}`);
		expect(status).toBe(400);
		expect(json.errors.length).toBeGreaterThan(0);
	});

	test.each(["' OR 1=1 --", "%", "_", "\\", "<script>alert(1)</script>", "‮gnp.exe", "\u001b[2J", "😀".repeat(100)])(
		"a search for %j is a search for just that",
		async (text) => {
			const { status, json } = await operator.get(`/events?user=${encodeURIComponent(text)}`);
			expect([status, json.events]).toEqual([200, []]);
		},
	);

	test.each(["/api/v1/%ff", "/api/v1/events/%c0%af", "/api/v1/triggers/%", "/console/%ff"])(
		"an address that cannot be decoded (%s) is 400 or 404",
		async (path) => {
			const answer = await send(console, "GET", path, bearer(OPERATOR));
			expect([400, 404, 405, 200]).toContain(answer.status);
			expect(answer.status).not.toBe(500);
		},
	);
});

describe("headers", () => {
	test("nothing of a request gets into the headers of an answer", async () => {
		const answer = await send(
			console,
			"GET",
			"/api/v1/events/export?format=csv&user=a%0D%0ASet-Cookie:%20x=1",
			bearer(VIEWER),
		);
		expect(answer.headers["set-cookie"]).toBeUndefined();
		expect(answer.headers["content-disposition"]).toMatch(/^attachment; filename="events-[0-9T-]+Z\.csv"$/);
	});
});

describe("pages", () => {
	test("are served to everybody: the application for every address of it, files as they are", async () => {
		for (const path of [
			"/console/",
			"/console/events",
			"/console/events/019caa00-0000-7000-8000-000000000001",
			"/console/index.html",
		]) {
			const page = await send(console, "GET", path);
			expect([page.status, page.text], path).toEqual([200, "<!doctype html><title>console</title>"]);
			expect(page.headers["cache-control"]).toBe("no-cache");
		}
		const asset = await send(console, "GET", "/console/assets/index-a1B2c3D4.js");
		expect([asset.status, asset.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
		expect(asset.headers["content-type"]).toMatch(/javascript/);
		expect((await send(console, "GET", "/console/favicon.svg")).headers["cache-control"]).toBe("no-store");
		expect((await send(console, "GET", "/")).headers.location).toBe("/console/");
		expect((await send(console, "GET", "/console/assets/index-gone1234.js")).status).toBe(404);
	});

	test.each([
		"/console/../secret.txt",
		"/console/..%2fsecret.txt",
		"/console/%2e%2e/secret.txt",
		"/console/..%5csecret.txt",
		"/console/assets/../../secret.txt",
		"/console/assets/..%2f..%2f..%2fetc/passwd",
		"/console//etc/passwd",
		"/console/%00",
		"/consolesecret",
	])("no path leads elsewhere: %s", async (path) => {
		const answer = await rawRequest(
			console.url,
			`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
		);
		expect(answer).not.toContain("a secret beside the pages");
		expect(answer).not.toContain("root:");
		expect(statusOf(answer)).toBeLessThan(500);
	});

	test("that are not built are a plain word about it", async () => {
		await using bare = await startConsole(database.current.url, { pageFolders: [join(folder, "nothing")] });
		const page = await send(bare, "GET", "/console/");
		expect(page.status).toBe(503);
		expect(page.headers["content-type"]).toMatch(/^text\/plain/);
		expect(page.text).toContain("npm run build:console");
	});
});

test("no secret is in any answer, and none in the log", async () => {
	const secrets = [OPERATOR.secret, VIEWER.secret, new URL(database.current.url).password].filter(
		(text) => text !== "",
	);
	const answers: string[] = [];
	for (const path of [
		"/session",
		"/overview",
		"/events",
		"/operations",
		"/triggers",
		"/watches",
		"/openapi.json",
		"/nothing",
		"/bulk",
	]) {
		const { text, headers } = await operator.get(path);
		answers.push(text, JSON.stringify(headers));
	}
	answers.push((await send(console, "POST", "/api/v1/session", {}, { token: `${OPERATOR.secret}x` })).text);
	answers.push(
		(await send(console, "POST", "/api/v1/session", {}, { token: OPERATOR.secret, more: VIEWER.secret })).text,
	);
	answers.push(JSON.stringify(console.logged));
	for (const secret of secrets) expect(answers.join("\n")).not.toContain(secret);
});
