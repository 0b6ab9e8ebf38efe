import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { createTestDatabase } from "./database.ts";
import { expectNoLeaks, openSockets } from "./leaks.ts";
import { startPostgres } from "./postgres-server.ts";

describe("a test database", () => {
	test("is a copy of its own and is gone after disposal", async () => {
		let name: string;
		{
			await using database = await createTestDatabase();
			name = database.name;
			await database.query("CREATE TABLE public.only_here ()");
			await using other = await createTestDatabase();
			const { rows } = await other.query("SELECT to_regclass('public.only_here') AS found");
			expect(rows).toEqual([{ found: null }]);
		}
		await using witness = await createTestDatabase();
		const { rowCount } = await witness.query("SELECT FROM pg_database WHERE datname = $1", [name]);
		expect(rowCount).toBe(0);
	});

	test("holds the migrated schema", async () => {
		await using database = await createTestDatabase();
		const { rows } = await database.query("SELECT to_regclass('reward_outbox.outbox') IS NOT NULL AS migrated");
		expect(rows).toEqual([{ migrated: true }]);
	});
});

describe("the leak check", () => {
	test("names a connection that was left listening", async () => {
		const before = openSockets();
		await using database = await createTestDatabase();
		const client = new pg.Client({ connectionString: database.url, application_name: "forgotten" });
		await client.connect();
		await client.query("LISTEN wake");
		await expect(expectNoLeaks(database, before)).rejects.toThrow(/connection "forgotten", idle: LISTEN wake/);
		await client.end();
		await expectNoLeaks(database, before);
	});
});

describe.skipIf(!inject("testServer").embedded)("a server of one's own", () => {
	test("keeps committed rows across every kind of stop, and a kill", async () => {
		await using server = await startPostgres({ settings: { fsync: "on" } });
		await run(server.url, "CREATE TABLE kept (step text)");
		for (const mode of ["smart", "fast", "immediate"] as const) {
			await run(server.url, `INSERT INTO kept VALUES ('${mode}')`);
			await server.stop(mode);
			expect(server.pid).toBeUndefined();
			await expect(run(server.url, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
			await server.start();
		}
		await run(server.url, "INSERT INTO kept VALUES ('kill')");
		await server.kill();
		await server.start();
		const { rows } = await run(server.url, "SELECT step FROM kept ORDER BY ctid");
		expect(rows.map((row) => row.step)).toEqual(["smart", "fast", "immediate", "kill"]);
	});
});

async function run(url: string, text: string): Promise<pg.QueryResult> {
	const client = new pg.Client({ connectionString: url });
	client.on("error", () => {});
	try {
		await client.connect();
		return await client.query(text);
	} finally {
		await client.end().catch(() => {});
	}
}
