import "reflect-metadata";
import { DataSource, type EntityManager, EntitySchema, type QueryRunner } from "typeorm";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

const Order = new EntitySchema<{ id: number; customer_id: string; total: string }>({
	name: "Order",
	tableName: "orders",
	columns: { id: { type: "int", primary: true }, customer_id: { type: "text" }, total: { type: "numeric" } },
});

let dataSource: DataSource;

const contract = describeLibrary({ name: "TypeORM", afterTheEnd: "closed", open });

async function open(url: string): Promise<Library> {
	dataSource = new DataSource({ type: "postgres", url, entities: [Order], poolSize: 4 });
	await dataSource.initialize();
	const idle = dataSource.createQueryRunner();
	await idle.connect();
	return {
		transaction: (work) => dataSource.transaction((manager) => work(wrap(manager))),
		refused: {
			"a data source": { handle: dataSource, reason: "pool" },
			"its manager": { handle: dataSource.manager, reason: "pool" },
			"a query runner outside a transaction": { handle: idle, reason: "no_transaction" },
			"the manager of one": { handle: idle.manager, reason: "no_transaction" },
		},
		sqlState: (error) => (error as { driverError?: { code?: unknown } }).driverError?.code,
		close: async () => {
			await idle.release();
			await dataSource.destroy();
		},
	};
}

function wrap(manager: EntityManager): LibraryTransaction {
	return {
		handle: manager,
		insertOrder: (id) => manager.insert(Order, { id, customer_id: "user123", total: "19.99" }),
		run: (sql) => manager.query(sql),
		nested: (work) => manager.transaction((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await dataSource.transaction(async (manager) => {
		await manager.insert(Order, { id: 4711, customer_id: "user123", total: "19.99" });
		await emit(manager, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a query runner is taken in its transaction, and refused after it", async () => {
	const runner: QueryRunner = dataSource.createQueryRunner();
	const event = { trigger: "t", user: "runner" };
	await runner.startTransaction();
	await emit(runner, event);
	await runner.commitTransaction();
	await expect(emit(runner, event)).rejects.toMatchObject({ reason: "no_transaction" });
	await runner.release();
	await expect(emit(runner, event)).rejects.toMatchObject({ reason: "closed" });
	expect(await contract.current.events("runner")).toBe(1);
});
