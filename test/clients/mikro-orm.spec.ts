import { defineEntity, type EntityManager, MikroORM, p } from "@mikro-orm/postgresql";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

const Order = defineEntity({
	name: "Order",
	tableName: "orders",
	properties: { id: p.integer().primary(), customerId: p.text(), total: p.decimal() },
});

let em: EntityManager;

const contract = describeLibrary({ name: "MikroORM", afterTheEnd: "closed", open });

async function open(url: string): Promise<Library> {
	const orm = await MikroORM.init({ clientUrl: url, entities: [Order], pool: { max: 4 } });
	em = orm.em.fork();
	return {
		transaction: (work) => em.fork().transactional((inner) => work(wrap(inner))),
		refused: { "an entity manager outside a transaction": { handle: em, reason: "no_transaction" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => orm.close(),
	};
}

function wrap(inner: EntityManager): LibraryTransaction {
	return {
		handle: inner,
		insertOrder: (id) => inner.insert(Order, { id, customerId: "user123", total: "19.99" }),
		run: (sql) => inner.execute(sql),
		nested: (work) => inner.transactional((nested) => work(wrap(nested))),
	};
}

testSnippet(contract, async () => {
	await em.transactional(async (em) => {
		em.create(Order, { id: 4711, customerId: "user123", total: "19.99" });
		await emit(em, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("begin and commit by hand work too", async () => {
	const own = em.fork();
	await own.begin();
	await emit(own, { trigger: "t", user: "by hand" });
	await own.rollback();
	await own.begin();
	await emit(own, { trigger: "t", user: "by hand" });
	await own.commit();
	await expect(emit(own, { trigger: "t", user: "by hand" })).rejects.toMatchObject({ reason: "no_transaction" });
	expect(await contract.current.events("by hand")).toBe(1);
});
