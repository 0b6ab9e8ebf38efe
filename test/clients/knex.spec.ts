import createKnex, { type Knex } from "knex";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

let knex: Knex;

const contract = describeLibrary({ name: "Knex", afterTheEnd: "closed", open });

function open(url: string): Library {
	knex = createKnex({ client: "pg", connection: url, pool: { min: 0, max: 4 } });
	return {
		transaction: (work) => knex.transaction((trx) => work(wrap(trx))),
		refused: { "an instance": { handle: knex, reason: "pool" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => knex.destroy(),
	};
}

function wrap(trx: Knex.Transaction): LibraryTransaction {
	return {
		handle: trx,
		insertOrder: (id) => trx("orders").insert({ id, customer_id: "user123", total: "19.99" }),
		run: (sql) => trx.raw(sql),
		nested: (work) => trx.transaction((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await knex.transaction(async (trx) => {
		await trx("orders").insert({ id: 4711, customer_id: "user123", total: "19.99" });
		await emit(trx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a savepoint of a transaction that has ended is refused", async () => {
	let leaked: Knex.Transaction | undefined;
	await knex.transaction(async (trx) => {
		leaked = await trx.transaction();
		await leaked.commit();
	});
	await expect(emit(leaked as Knex.Transaction, { trigger: "t", user: "u" })).rejects.toMatchObject({
		reason: "closed",
	});
});

test("a transaction that a provider began is taken", async () => {
	const provide = knex.transactionProvider();
	const trx = await provide();
	await emit(trx, { trigger: "t", user: "provided" });
	await trx.commit();
	expect(await contract.current.events("provided")).toBe(1);
});

test("a hook that rewrites results does not hide the id", async () => {
	const camel = createKnex({
		client: "pg",
		connection: contract.current.database.url,
		pool: { min: 0, max: 1 },
		postProcessResponse: (result: { rows: object[] }) => ({ ...result, rows: result.rows.map((row) => ({ ...row })) }),
	});
	try {
		expect(await camel.transaction((trx) => emit(trx, { trigger: "t", user: "u" }))).toMatch(/^[0-9a-f-]{36}$/);
	} finally {
		await camel.destroy();
	}
});
