import { DataTypes, Sequelize, type Transaction } from "sequelize";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

let sequelize: Sequelize;

const contract = describeLibrary({ name: "Sequelize", afterTheEnd: "closed", open });

function open(url: string): Library {
	sequelize = new Sequelize(url, { logging: false, pool: { max: 4 } });
	sequelize.define(
		"Order",
		{ id: { type: DataTypes.INTEGER, primaryKey: true }, customer_id: DataTypes.TEXT, total: DataTypes.DECIMAL },
		{ tableName: "orders", timestamps: false },
	);
	return {
		transaction: (work) => sequelize.transaction((transaction) => work(wrap(transaction))),
		refused: { "an instance": { handle: sequelize, reason: "pool" } },
		sqlState: (error) => (error as { original?: { code?: unknown } }).original?.code,
		close: () => sequelize.close(),
	};
}

function wrap(transaction: Transaction): LibraryTransaction {
	return {
		handle: transaction,
		insertOrder: (id) =>
			sequelize.model("Order").create({ id, customer_id: "user123", total: "19.99" }, { transaction }),
		run: (sql) => sequelize.query(sql, { transaction }),
		nested: (work) => sequelize.transaction({ transaction }, (inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	const Order = sequelize.model("Order");
	await sequelize.transaction(async (transaction) => {
		await Order.create({ id: 4711, customer_id: "user123", total: "19.99" }, { transaction });
		await emit(transaction, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a savepoint of a transaction that has ended is refused", async () => {
	const outer = await sequelize.transaction();
	const inner = await sequelize.transaction({ transaction: outer });
	await outer.commit();
	await expect(emit(inner, { trigger: "t", user: "u" })).rejects.toMatchObject({ reason: "closed" });
});
