import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConsoleDatabase } from "../../src/api/consoles.ts";
import { type ConsolesServer, startConsolesServer } from "../../src/api/serve-many.ts";
import { SILENT } from "../../src/log.ts";
import { type TestDatabases, testDatabases } from "../lifecycle/fleet-process.ts";
import { insertOne } from "../store/events.ts";

const OPERATOR = { name: "anna", role: "operator", secret: "operator-token-of-the-tests" } as const;
const VIEWER = { name: "victor", role: "viewer", secret: "viewer-token-of-the-tests" } as const;
/** More than are kept open. */
const COUNT = 18;

let databases: TestDatabases;
let server: ConsolesServer;

beforeAll(async () => {
	databases = await testDatabases(COUNT);
	server = await startConsolesServer({
		host: "127.0.0.1",
		port: 0,
		tokens: [OPERATOR, VIEWER],
		databases: databases.all.map(({ url }, index) => entry(`shop-${index}`, url)),
		health: async () => ({ ready: true }),
		logger: SILENT,
	});
});
afterAll(async () => {
	await server.close();
	await databases[Symbol.asyncDispose]();
});

function entry(name: string, databaseUrl: string): ConsoleDatabase {
	return { name, databaseUrl, maxAttempts: 20, isPaused: false };
}

async function ask(
	path: string,
	{
		as = OPERATOR as { readonly secret: string } | null,
		...init
	}: RequestInit & { as?: { readonly secret: string } | null } = {},
) {
	const authorization: Record<string, string> = as === null ? {} : { authorization: `Bearer ${as.secret}` };
	const headers = { ...authorization, ...(init.body ? { "content-type": "application/json" } : {}), ...init.headers };
	const response = await fetch(`${server.url}${path}`, { redirect: "manual", ...init, headers });
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		json: text.startsWith("{") ? JSON.parse(text) : null,
	};
}

describe("consoles of many databases on one address", () => {
	test("are each what one alone is, below its name", async () => {
		const id = await insertOne(databases.at(3), { user: "ada" });
		const found = await ask("/databases/shop-3/api/v1/events?user=ada");
		expect(found.json.events.map((event: { id: string }) => event.id)).toEqual([id]);
		expect((await ask("/databases/shop-4/api/v1/events?user=ada")).json.events).toEqual([]);
		const body = JSON.stringify({ reason: "no longer wanted" });
		const cancelled = await ask(`/databases/shop-3/api/v1/events/${id}/cancel`, { method: "POST", body });
		expect(cancelled.status).toBe(200);
		const { rows } = await databases.at(3).query("SELECT status FROM reward_outbox.events WHERE id = $1", [id]);
		expect(rows).toEqual([{ status: "cancelled" }]);
		expect((await ask("/databases/shop-3/readyz", { as: VIEWER })).json).toMatchObject({ ready: true });
	});

	test("are more than are kept open, and any of them can be asked again", async () => {
		for (const round of [1, 2]) {
			for (let n = 0; n < COUNT; n++) {
				const { status, json } = await ask(`/databases/shop-${n}/api/v1/overview`);
				expect([round, n, status, json.events.pending]).toEqual([round, n, 200, 0]);
			}
		}
	});

	test("let in by the same tokens and rules, and tell strangers not even which there are", async () => {
		for (const path of ["/databases/shop-1/api/v1/events", "/databases/nothing/api/v1/events", "/api/v1/databases"]) {
			const { status, json } = await ask(path, { as: null });
			expect([path, status, json.code]).toEqual([path, 401, "unauthorized"]);
		}
		const there = await ask("/databases/shop-1/console/", { as: null });
		const nowhere = await ask("/databases/nothing/console/", { as: null });
		expect([there.status, there.text]).toEqual([nowhere.status, nowhere.text]);
		expect(await ask("/databases/nothing/api/v1/events")).toMatchObject({ status: 404, json: { code: "not_found" } });
		const id = await insertOne(databases.at(1));
		const retry = { method: "POST", body: "{}" };
		const path = `/databases/shop-1/api/v1/events/${id}/retry`;
		expect((await ask(path, { ...retry, as: VIEWER })).json.code).toBe("operators_only");
		const foreign = await ask(path, { ...retry, headers: { origin: "https://elsewhere.example" } });
		expect(foreign.json.code).toBe("cross_site");
	});

	test("take one session for all", async () => {
		const body = JSON.stringify({ token: OPERATOR.secret });
		const signedIn = await ask("/api/v1/session", { method: "POST", body, as: null });
		expect(signedIn.json).toMatchObject({ name: "anna", many_databases: true });
		const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] as string;
		for (const path of ["/api/v1/session", "/databases/shop-2/api/v1/session"]) {
			expect((await ask(path, { as: null, headers: { cookie } })).json).toMatchObject({
				name: "anna",
				many_databases: true,
			});
		}
	});

	test("are listed, and searched all at once; what cannot be searched is named", async () => {
		const user = "somebody rare";
		const [first, second] = [await insertOne(databases.at(5), { user }), await insertOne(databases.at(9), { user })];
		for (let n = 0; n < 6; n++) await insertOne(databases.at(9), { user: "busy" });
		const down = entry("down", "postgres://nobody@127.0.0.1:1/nothing");
		const all = databases.all.map(({ url }, index) => entry(`shop-${index}`, url));
		await server.follow([...all, down]);
		const { json: list } = await ask("/api/v1/databases", { as: VIEWER });
		expect(list.databases).toHaveLength(COUNT + 1);
		const { json } = await ask(`/api/v1/databases/search?${new URLSearchParams({ q: user })}`, { as: VIEWER });
		const ids = json.found.map(({ database, events }: { database: string; events: { id: string }[] }) => [
			database,
			events.map(({ id }) => id),
		]);
		expect(ids).toEqual([
			["shop-5", [first]],
			["shop-9", [second]],
		]);
		expect(json.failed).toEqual([{ database: "down", code: "ECONNREFUSED" }]);
		expect(json.searched).toBe(COUNT + 1);
		const busy = await ask("/api/v1/databases/search?q=busy");
		expect(busy.json.found).toMatchObject([{ database: "shop-9", more: true }]);
		expect(busy.json.found[0].events).toHaveLength(5);
		await server.follow(all.slice(1));
		expect((await ask("/databases/shop-0/api/v1/overview")).status).toBe(404);
		await server.follow(all);
	});
});
