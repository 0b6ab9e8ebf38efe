import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit, emitMany, type TransactionHandle } from "../../src/index.ts";
import type { TestDatabase } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import type { Library, LibraryTraits, LibraryTransaction } from "./library.ts";

const PURCHASE = { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } };

/**
 * Everything that drivers and query builders have ever been seen to change: numbers, escapes, `?`, `:name`, `$1`, key
 * order.
 */
const DELICATE = {
	value: 1e-7,
	big: 2 ** 80,
	price: 19.9,
	text: 'it\'s ? and ?? and :name and $1 and $$ and \\ and "\\u0041"',
	emoji: "🎁 عميل \u2028 \u0001",
	nested: [{ "a.b ?": null }, [], {}, true, -0.5],
};
const DELICATE_BYTES =
	'{"big": 1208925819614629200000000, "text": "it\'s ? and ?? and :name and $1 and $$ and \\\\ and \\"\\\\u0041\\"", ' +
	'"emoji": "🎁 عميل \u2028 \\u0001", "price": 19.9, "value": 0.0000001, "nested": [{"a.b ?": null}, [], {}, true, -0.5]}';

const FULL_EVENT = {
	trigger: "a/b?c#d %",
	user: " 🎁 :user $1 ",
	payload: DELICATE,
	orderingKey: "key ?",
	deliverAfter: "2031-02-03T04:05:06.123456+01:00",
	metadata: { order_id: 4711, note: "?" },
};
const FULL_ROW = {
	trigger_id: "a/b?c#d %",
	user_id: " 🎁 :user $1 ",
	payload: DELICATE_BYTES,
	ordering_key: "key ?",
	deliver_after: "2031-02-03 03:05:06.123456",
	metadata: '{"note": "?", "order_id": 4711}',
};

export interface OpenContract {
	readonly database: TestDatabase;
	readonly library: Library;
	/** How many events of a user, and whether an order, are committed. */
	events(user: string): Promise<number>;
	order(id: number): Promise<boolean>;
}

/** What every library has to do with `emit`. Returns what a file's own tests need. */
export function describeLibrary(traits: LibraryTraits): { readonly current: OpenContract } {
	const open = useLibrary(traits);
	describe(`in a transaction of ${traits.name}, an event`, () => {
		testTheEnds(open);
		testErrors(open);
		testBytes(open);
	});
	describe(`of ${traits.name}, what is no open transaction`, () => testRefusals(open, traits));
	return open;
}

/** The snippet that docs/clients.md shows: order 4711 and its event. */
export function testSnippet(open: Open, snippet: () => Promise<unknown>): void {
	test("the documented snippet writes the order and one event", async () => {
		const { events, order } = open.current;
		const before = await events("user123");
		await snippet();
		expect(await events("user123")).toBe(before + 1);
		expect(await order(4711)).toBe(true);
	});
}

function useLibrary(traits: LibraryTraits): { readonly current: OpenContract } {
	const database = useTestDatabase();
	let library: Library | undefined;
	beforeAll(async () => {
		await database.current.query(`
			CREATE TABLE public.orders (id int PRIMARY KEY, customer_id text NOT NULL, total numeric NOT NULL);
			ALTER TABLE reward_outbox.outbox ADD CONSTRAINT "no such user" CHECK (user_id <> 'refused by the database')`);
		library = await traits.open(database.current.url);
	});
	// Runs before the leak check of the database: hooks after tests run in reverse.
	afterAll(() => library?.close());
	return {
		get current(): OpenContract {
			const query = database.current.query;
			return {
				database: database.current,
				library: library as Library,
				events: async (user) =>
					(await query("SELECT FROM reward_outbox.outbox WHERE user_id = $1", [user])).rowCount as number,
				order: async (id) => (await query("SELECT FROM public.orders WHERE id = $1", [id])).rowCount === 1,
			};
		},
	};
}

type Open = { readonly current: OpenContract };

function testTheEnds(open: Open): void {
	test("commits together with the order it is about, and not before", async () => {
		const { library, events, order } = open.current;
		await library.transaction(async (tx) => {
			await tx.insertOrder(1);
			await emit(tx.handle, { ...PURCHASE, user: "commits" });
			expect(await events("commits")).toBe(0);
		});
		expect(await events("commits")).toBe(1);
		expect(await order(1)).toBe(true);
	});

	test("rolls back together with the order it is about", async () => {
		const { library, events, order } = open.current;
		const failed = library.transaction(async (tx) => {
			await tx.insertOrder(2);
			await emit(tx.handle, { ...PURCHASE, user: "rolls back" });
			throw new Error("card declined");
		});
		await expect(failed).rejects.toThrow("card declined");
		expect(await events("rolls back")).toBe(0);
		expect(await order(2)).toBe(false);
	});

	test("goes with the nested transaction it was written in, and the rest stays", async () => {
		const { library, events, order } = open.current;
		await library.transaction(async (tx) => {
			await emit(tx.handle, { ...PURCHASE, user: "outer" });
			await tx.nested((inner) => emit(inner.handle, { ...PURCHASE, user: "released" }));
			const failed = tx.nested(async (inner) => {
				await inner.insertOrder(3);
				await emit(inner.handle, { ...PURCHASE, user: "undone" });
				throw new Error("out of stock");
			});
			await expect(failed).rejects.toThrow("out of stock");
			await emit(tx.handle, { ...PURCHASE, user: "after" });
		});
		expect(await Promise.all(["outer", "released", "undone", "after"].map(events))).toEqual([1, 1, 0, 1]);
		expect(await order(3)).toBe(false);
	});
}

function testErrors(open: Open): void {
	test("that breaks a rule leaves the transaction usable", async () => {
		const { library, events, order } = open.current;
		await library.transaction(async (tx) => {
			const refused = emit(tx.handle, { ...PURCHASE, user: "" });
			await expect(refused).rejects.toMatchObject({ name: "InvalidEventError", field: "user", rule: "length" });
			const none = emitMany(tx.handle, [PURCHASE, { ...PURCHASE, payload: { value: Number.NaN } }]);
			await expect(none).rejects.toMatchObject({ field: "events[1].payload.value", rule: "not_finite" });
			await tx.insertOrder(4);
			await emit(tx.handle, { ...PURCHASE, user: "usable" });
		});
		expect(await order(4)).toBe(true);
		expect(await events("usable")).toBe(1);
	});

	test.each([
		["23505", { ...PURCHASE, user: "another", idempotencyKey: "order-5-paid" }],
		["23514", { ...PURCHASE, user: "refused by the database" }],
	] as const)(
		"that the database refuses with %s is the library's error, and the transaction is over",
		async (state, event) => {
			const { library, events, order } = open.current;
			const failed = library.transaction(async (tx) => {
				await tx.insertOrder(5);
				await emit(tx.handle, { ...PURCHASE, user: `first ${state}`, idempotencyKey: "order-5-paid" });
				const refused = emit(tx.handle, event);
				await expect(refused.catch(library.sqlState)).resolves.toBe(state);
				await expect(emit(tx.handle, PURCHASE)).rejects.toMatchObject({ reason: "aborted" });
				await refused;
			});
			await expect(failed.catch(library.sqlState)).resolves.toBe(state);
			expect(await order(5)).toBe(false);
			expect(await events(`first ${state}`)).toBe(0);
		},
	);

	test("that the database refuses ends only the nested transaction it was in", async () => {
		const { library, events } = open.current;
		await library.transaction(async (tx) => {
			await emit(tx.handle, { ...PURCHASE, user: "rescued" });
			const refused = tx.nested((inner) => emit(inner.handle, { ...PURCHASE, user: "refused by the database" }));
			await expect(refused.catch(library.sqlState)).resolves.toBe("23514");
			await emit(tx.handle, { ...PURCHASE, user: "rescued" });
		});
		expect(await events("rescued")).toBe(2);
	});

	test("with a known idempotency key gets the first one's id", async () => {
		const { library } = open.current;
		const event = { ...PURCHASE, idempotencyKey: "order-6-paid" };
		const first = await library.transaction((tx) => emit(tx.handle, event));
		expect(await library.transaction((tx) => emit(tx.handle, event))).toBe(first);
	});
}

function testBytes(open: Open): void {
	test("is stored with the bytes that every library stores", async () => {
		const { library, database } = open.current;
		const ids = await library.transaction(async (tx) => [
			await emit(tx.handle, FULL_EVENT),
			...(await emitMany(tx.handle, [FULL_EVENT, FULL_EVENT])),
		]);
		const { rows } = await database.query(
			`SELECT trigger_id, user_id, payload::text AS payload, ordering_key, metadata::text AS metadata,
			        to_char(deliver_after AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS deliver_after
			   FROM reward_outbox.outbox WHERE id = ANY ($1)`,
			[ids],
		);
		expect(rows).toEqual([FULL_ROW, FULL_ROW, FULL_ROW]);
	});

	test("is one of a thousand in one statement, answered in the order given", async () => {
		const { library, database } = open.current;
		const many = Array.from({ length: 1_000 }, (_, index) => ({ ...PURCHASE, user: `many ${index}` }));
		const ids = await library.transaction((tx) => emitMany(tx.handle, many));
		const { rows } = await database.query(
			"SELECT user_id FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place) JOIN reward_outbox.outbox USING (id) ORDER BY place",
			[ids],
		);
		expect(rows.map((row) => row["user_id"])).toEqual(many.map((event) => event.user));
	});
}

function testRefusals(open: Open, traits: LibraryTraits): void {
	test("is refused before any SQL, unless the caller says so", async () => {
		const { library, events } = open.current;
		for (const [what, { handle, reason }] of Object.entries(library.refused)) {
			const user = `outside ${what}`;
			const refusal = { name: "NotInTransactionError", reason };
			await expect(emit(handle, { ...PURCHASE, user }), what).rejects.toMatchObject(refusal);
			await expect(emitMany(handle, []), what).rejects.toMatchObject(refusal);
			expect(await events(user), what).toBe(0);
			await emit(handle, { ...PURCHASE, user }, { outsideTransaction: "allow" });
			expect(await events(user), what).toBe(1);
		}
	});

	test("a transaction that failed already is refused, and can be rolled back", async () => {
		const { library } = open.current;
		const failed = library.transaction(async (tx) => {
			await tx.run("SELECT 1 / 0").then(undefined, () => undefined);
			await expect(emit(tx.handle, PURCHASE)).rejects.toMatchObject({ reason: "aborted" });
			throw new Error("given up");
		});
		await expect(failed).rejects.toThrow("given up");
	});

	test.skipIf(traits.afterTheEnd === "unknown")("a transaction that has ended is refused", async () => {
		const { library, events } = open.current;
		const leaked: TransactionHandle[] = [];
		const leak = async (tx: LibraryTransaction) => {
			leaked.push(tx.handle);
		};
		await library.transaction(leak);
		await library.transaction((tx) => leak(tx).then(() => Promise.reject(new Error("rolled back")))).catch(() => {});
		expect(leaked).toHaveLength(2);
		for (const handle of leaked) {
			const late = emit(handle, { ...PURCHASE, user: "too late" });
			await expect(late).rejects.toMatchObject({ name: "NotInTransactionError", reason: traits.afterTheEnd });
		}
		expect(await events("too late")).toBe(0);
	});
}
