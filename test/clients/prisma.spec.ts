import { PrismaPg } from "@prisma/adapter-pg";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import { type Prisma, PrismaClient } from "./generated/prisma/index.js";
import type { Library, LibraryTransaction } from "./library.ts";

let prisma: PrismaClient;

const contract = describeLibrary({ name: "Prisma", afterTheEnd: "closed", open });

function open(url: string): Library {
	prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 4 }) });
	return {
		transaction: (work) => prisma.$transaction((tx) => work(wrap(tx))),
		refused: {
			"a client": { handle: prisma, reason: "pool" },
			"an extended client": { handle: prisma.$extends({ name: "extended" }), reason: "pool" },
		},
		sqlState,
		close: () => prisma.$disconnect(),
	};
}

/** Prisma's own code for a failed raw query is P2010; the database's is further in. */
function sqlState(error: unknown): unknown {
	const { code, meta } = error as {
		code?: unknown;
		meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } };
	};
	return code === "P2010" ? meta?.driverAdapterError?.cause?.originalCode : code;
}

function wrap(tx: Prisma.TransactionClient): LibraryTransaction {
	return {
		handle: tx,
		insertOrder: (id) => tx.order.create({ data: { id, customerId: "user123", total: "19.99" } }),
		run: (sql) => tx.$queryRawUnsafe(sql),
		nested: (work) => tx.$transaction((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await prisma.$transaction(async (tx) => {
		await tx.order.create({ data: { id: 4711, customerId: "user123", total: "19.99" } });
		await emit(tx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a transaction of an extended client is taken", async () => {
	const extended = prisma.$extends({ model: { order: { latest: () => null } } });
	await extended.$transaction((tx) => emit(tx, { trigger: "t", user: "extended" }));
	expect(await contract.current.events("extended")).toBe(1);
});

test("a transaction that Prisma ended for taking too long is refused", async () => {
	const late = prisma.$transaction(
		async (tx) => {
			await tx.$queryRawUnsafe("SELECT pg_sleep(0.5)::text").catch(() => {});
			await emit(tx, { trigger: "t", user: "too slow" });
		},
		{ timeout: 50 },
	);
	await expect(late).rejects.toMatchObject({ name: "NotInTransactionError", reason: "closed" });
	expect(await contract.current.events("too slow")).toBe(0);
});
