import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startPostgres } from "../support/postgres-server.ts";
import { done, sql } from "./shop.ts";

vi.setConfig({ testTimeout: 90_000 });

/** The statements that the page has in blocks of SQL. */
async function statements(): Promise<string[]> {
	const page = await readFile(join(import.meta.dirname, "../../docs/uninstalling.md"), "utf8");
	return [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block as string);
}

test("what docs/uninstalling.md says leaves nothing of ours behind, and the shop goes on", async () => {
	await using server = await startPostgres();
	await done(server.url, "migrate");
	await sql(server.url, "CREATE TABLE orders (id integer PRIMARY KEY, customer text)");
	const rule = ["--trigger-id", "ordered", "--user-id", "NEW.customer", "--idempotency-key", "NEW.id::text"];
	await done(server.url, "watches", "add", "orders", "--table", "orders", ...rule);
	await sql(
		server.url,
		"INSERT INTO orders VALUES (1, 'ada')",
		"CREATE ROLE shop LOGIN",
		"GRANT reward_outbox_writer TO shop",
	);
	for (const block of await statements()) await sql(server.url, block);
	await sql(server.url, "INSERT INTO orders VALUES (2, 'bob')", "UPDATE orders SET customer = 'eve'");
	const left = await sql(
		server.url,
		`SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'reward%'
		 UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'reward%'
		 UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders'::regclass`,
	);
	expect(left.rows).toEqual([]);
});
