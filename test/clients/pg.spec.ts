import pg from "pg";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library } from "./library.ts";
import { openPg } from "./pg-library.ts";

let pool: pg.Pool;

const contract = describeLibrary({ name: "pg", afterTheEnd: "no_transaction", open });

async function open(url: string): Promise<Library> {
	const library = await openPg(pg, url);
	pool = library.pool;
	return library;
}

testSnippet(contract, async () => {
	const client = await pool.connect();
	try {
		await client.query("BEGIN");
		await client.query("INSERT INTO orders (id, customer_id, total) VALUES ($1, $2, $3)", [4711, "user123", "19.99"]);
		await emit(client, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
		await client.query("COMMIT");
	} catch (error) {
		await client.query("ROLLBACK");
		throw error;
	} finally {
		client.release();
	}
});

test("a client that waits for nothing still writes the event before the COMMIT that follows", async () => {
	const client = await pool.connect();
	try {
		await client.query("BEGIN");
		const written = emit(client, { trigger: "t", user: "not awaited" });
		await client.query("COMMIT");
		await written;
	} finally {
		client.release();
	}
	expect(await contract.current.events("not awaited")).toBe(1);
});
