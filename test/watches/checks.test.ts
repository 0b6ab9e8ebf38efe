import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDER_PAID, ORDERS, type Rule, stateOf, watch } from "./rules.ts";

const database = useTestDatabase();

beforeAll(async () => {
	await database.current.query(ORDERS);
	await database.current.query("CREATE VIEW a_view AS SELECT * FROM orders; CREATE TABLE secrets (word text)");
});

async function refusal(change: Partial<Rule>): Promise<pg.DatabaseError> {
	return watch(database.current.pool, { ...ORDER_PAID, ...change }).then(
		() => {
			throw new Error("it was accepted");
		},
		(error: pg.DatabaseError) => error,
	);
}

describe("an expression that cannot work is refused when the rule is made, with its place", () => {
	test.each<[string, Partial<Rule>, RegExp, string | null]>([
		[
			"an unknown column",
			{ payload: "jsonb_build_object('value',\n NEW.totl)" },
			/^column new\.totl does not exist$/,
			"NEW.totl)",
		],
		["a column without NEW", { user_id: "status" }, /^column reference "status" is ambiguous$/, "status"],
		[
			"an unknown function",
			{ user_id: "1 || nope(NEW.id)" },
			/^function nope\(bigint\) does not exist$/,
			"nope(NEW.id)",
		],
		["a condition that is not boolean", { condition: "NEW.id" }, /must be type boolean, not type bigint/, "NEW.id"],
		[
			"a payload that is not JSON",
			{ payload: "NEW.status" },
			/of type jsonb but expression is of type text/,
			"NEW.status",
		],
		["a time that is none", { deliver_after: "NEW.total" }, /of type timestamp with time zone/, "NEW.total"],
		[
			"wrong syntax",
			{ condition: "NEW.id = = 1" },
			/^(syntax error at or near "="|operator does not exist: = )/,
			"= 1",
		],
		["an unfinished expression", { condition: "NEW.id =" }, /^syntax error at or near "\)"$/, null],
		["an unfinished string", { user_id: "'abc" }, /unterminated quoted string|syntax error/, null],
		["an unfinished comment", { user_id: "'abc' /*" }, /unterminated \/\* comment/, "/*"],
		[
			"two statements",
			{ condition: "true; DROP TABLE orders" },
			/^syntax error at or near ";"$/,
			"; DROP TABLE orders",
		],
		["an escape from its parentheses", { condition: "true) OR (true" }, /^syntax error at or near "\)"$/, ") OR (true"],
		["an escape by a comment", { condition: "true) --" }, /^syntax error/, null],
		["a set of rows", { user_id: "NEW.status FROM orders" }, /^syntax error at or near "FROM"$/, "FROM orders"],
		["a union", { user_id: "'a' UNION SELECT 'b'" }, /^syntax error at or near "UNION"$/, "UNION SELECT 'b'"],
		["an aggregate", { user_id: "max(NEW.status)" }, /^aggregate functions are not allowed/, "max(NEW.status)"],
		["a window", { user_id: "row_number() OVER ()" }, /^window functions are not allowed/, "row_number() OVER ()"],
		[
			"many rows",
			{ user_id: "unnest('{a,b}'::text[])" },
			/^set-returning functions are not allowed/,
			"unnest('{a,b}'::text[])",
		],
		["a list", { user_id: "NEW.status, NEW.id" }, /^user_id: this is a list of values/, null],
		["a parameter", { user_id: "$1.status" }, /^user_id: an expression has no parameters/, null],
	])("%s", async (_, change, message, at) => {
		const error = await refusal(change);
		expect(error.message).toMatch(message);
		if (at === null) return;
		expect(error.internalQuery?.slice(Number(error.internalPosition) - 1).startsWith(at)).toBe(true);
	});

	test("text about dollars, quotes and comments is text", async () => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			user_id: "'costs $5 -- it''s /* fine; ) (' || $x$ $1 $x$ || NEW.id -- really",
		}).catch((error: Error) => {
			// Dollar quotes are not looked into: a parameter is only suspected there, which is the safe side.
			expect(error.message).toMatch(/no parameters/);
		});
		await watch(database.current.pool, {
			...ORDER_PAID,
			user_id: "'costs $5 -- it''s /* fine; ) (' || NEW.id -- really",
		});
	});
});

describe("a rule that makes no sense is refused by name", () => {
	test.each<[string, Partial<Rule>, RegExp]>([
		["an unknown table", { table_name: "nowhere.orders" }, /there is no table nowhere\.orders/],
		["a view", { table_name: "a_view" }, /public\.a_view is a view; watch the table behind it/],
		["the outbox itself", { table_name: "reward_outbox.outbox" }, /tables of schema reward_outbox cannot be watched/],
		["a system table", { table_name: "pg_class" }, /tables of schema pg_catalog/],
		["an index", { table_name: "orders_pkey" }, /is not a table/],
		["no operation", { operations: "{}" }, /expected some of INSERT, UPDATE, DELETE/],
		["TRUNCATE", { operations: "{INSERT,TRUNCATE}" }, /expected some of INSERT, UPDATE, DELETE/],
		["an operation that is null", { operations: "{INSERT,NULL}" }, /UPDATE, DELETE, not null$/],
		["operations that are null", { operations: null as never }, /expected some of INSERT, UPDATE, DELETE/],
		["an unknown on_error", { on_error: "ignore" }, /on_error: expected record or raise/],
		["no trigger", { trigger_id: undefined as never }, /give either trigger_id/],
		["two triggers", { trigger_id_expr: "'x'" }, /give either trigger_id/],
		["a trigger id no event may have", { trigger_id: ".." }, /trigger_id must not be \. or \.\./],
		["a name that is none", { name: "a b" }, /name: 1 to 40 letters/],
		["a long name", { name: "x".repeat(41) }, /name: 1 to 40 letters/],
	])("%s", async (_, change, message) => {
		const rule = Object.fromEntries(
			Object.entries({ ...ORDER_PAID, ...change }).filter(([, value]) => value !== undefined),
		) as unknown as Rule;
		await expect(watch(database.current.pool, rule)).rejects.toThrow(message);
	});

	test("a name as long as it may be works in every kind of trigger", async () => {
		const name = "x".repeat(40);
		for (const condition of [
			"NEW IS DISTINCT FROM OLD",
			"NEW.status IS DISTINCT FROM OLD.status",
			"NEW.status = 'paid'",
		]) {
			await watch(database.current.pool, { ...ORDER_PAID, name, condition });
			expect(await stateOf(database.current.pool, name)).toEqual({ state: "ok", problem: null });
		}
		await database.current.query("SELECT reward_outbox.unwatch($1)", [name]);
	});

	test("and leaves nothing behind", async () => {
		const name = "left_behind";
		await refusal({ name, user_id: "NEW.nope" });
		const { rows } = await database.current.query(
			"SELECT to_regprocedure('reward_outbox.watch_left_behind()') AS f, (SELECT count(*)::int FROM reward_outbox.watch_rules WHERE name = $1) AS n",
			[name],
		);
		expect(rows).toEqual([{ f: null, n: 0 }]);
	});
});

describe("what a condition asks of NEW alone is taken out only where the text is certain", () => {
	test.each([
		["NEW.a = 'paid' AND (TG_OP = 'INSERT' OR OLD.a <> 'paid')", "(NEW.a = 'paid' )"],
		['NEW.a = \'x OR y\' AND OLD.b = 1 and "new"."c d" > 3', '(NEW.a = \'x OR y\' ) AND ( "new"."c d" > 3 )'],
		["NEW.x AND (CASE WHEN OLD.y THEN NEW.z AND true END)", "(NEW.x )"],
		["NEW.a = ANY (ARRAY[1, 2]) AND NOT OLD.b", "(NEW.a = ANY (ARRAY[1, 2]) )"],
		["NEW.a = 'it''s AND that' AND OLD.b", "(NEW.a = 'it''s AND that' )"],
		["NEW.a OR OLD.b", null],
		["NEW.a AND OLD.b OR NEW.c", null],
		["NEW.a BETWEEN 1 AND 2 AND OLD.x", null],
		["CASE WHEN NEW.a AND OLD.b THEN true END", null],
		["NEW.x -- AND\n OR OLD.y", null],
		["NEW.x /* AND */ OR OLD.y", null],
		["NEW.a = E'\\' OR OLD.b AND ' AND OLD.c", null],
		["NEW.a = $$ AND $$ AND OLD.b", null],
		["NEW = OLD AND true", null],
		[null, null],
	])("%s", async (condition, part) => {
		const { rows } = await database.current.query("SELECT reward_outbox.watch_part($1, 'new') AS part", [condition]);
		expect(rows).toEqual([{ part }]);
	});

	test("and what it asks of OLD alone in the same way", async () => {
		const { rows } = await database.current.query("SELECT reward_outbox.watch_part($1, 'old') AS part", [
			"NEW.a = 'x' AND (TG_OP = 'INSERT' OR OLD.a <> 'x') AND OLD.b < NEW.b",
		]);
		expect(rows).toEqual([{ part: "( (TG_OP = 'INSERT' OR OLD.a <> 'x') )" }]);
	});
});

describe("what the maker of a rule may not have meant is said when it is made", () => {
	const warnings = async (name: string) =>
		(await database.current.query("SELECT w FROM reward_outbox.watch_warnings($1) w", [name])).rows.map(
			(row) => row["w"],
		);

	test("a key that another rule uses for another trigger", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, name: "one" });
		await watch(database.current.pool, { ...ORDER_PAID, name: "two", trigger_id: "other" });
		expect(await warnings("two")).toContainEqual(
			expect.stringMatching(/^one uses the same idempotency key for another trigger/),
		);
		await database.current.query("SELECT reward_outbox.unwatch('one'), reward_outbox.unwatch('two')");
	});

	test("a limit of temporary files, which a large statement could meet whatever the rule does", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, name: "large" });
		const client = await database.current.pool.connect();
		try {
			await client.query("BEGIN; SET LOCAL temp_file_limit = '20MB'");
			const { rows } = await client.query("SELECT w FROM reward_outbox.watch_warnings('large') w");
			expect(rows).toEqual([
				{ w: expect.stringMatching(/^temp_file_limit is 20MB here: a statement on public\.orders/) },
			]);
		} finally {
			await client.query("ROLLBACK");
			client.release();
		}
		expect(await warnings("large")).toEqual([]);
		await database.current.query("SELECT reward_outbox.unwatch('large')");
	});

	test("a key that can be null, and a payload that is always the same", async () => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			name: "odd",
			idempotency_key: "'c-' || NEW.customer_id",
			payload: `'{"value": 1}'`,
		});
		expect(await warnings("odd")).toEqual([
			"the idempotency key is null where customer_id is: such a change is recorded as an error",
			"the payload is the same for every event: it names no column of NEW or OLD",
		]);
		await watch(database.current.pool, { ...ORDER_PAID, name: "odd" });
		expect(await warnings("odd")).toEqual([]);
		await database.current.query("SELECT reward_outbox.unwatch('odd')");
	});
});
