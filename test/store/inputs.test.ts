import fc from "fast-check";
import type pg from "pg";
import { describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();

interface Columns {
	trigger_id?: unknown;
	user_id?: unknown;
	payload?: unknown;
	idempotency_key?: unknown;
	ordering_key?: unknown;
	deliver_after?: unknown;
	metadata?: unknown;
}

async function insertRow(columns: Columns): Promise<string> {
	const row = { trigger_id: "payment", user_id: "user1", ...columns };
	const names = Object.keys(row);
	const { rows } = await database.current.query(
		`INSERT INTO reward_outbox.outbox (${names.join(", ")}) VALUES (${names.map((_, n) => `$${n + 1}`).join(", ")}) RETURNING id`,
		Object.values(row),
	);
	return rows[0]?.["id"] as string;
}

function emitRow(columns: Columns): Promise<unknown> {
	const row = { trigger_id: "payment", user_id: "user1", ...columns };
	const names = Object.keys(row);
	return database.current.query(
		`SELECT reward_outbox.emit(${names.map((name, n) => `${name} => $${n + 1}`).join(", ")})`,
		Object.values(row),
	);
}

function nested(levels: number, open: string, close: string): string {
	return `{"a":${open.repeat(levels - 1)}${close.repeat(levels - 1)}}`;
}

const SIZE = (bytes: number) => JSON.stringify({ a: "x".repeat(bytes - 9) }).replace(":", ": ");

describe("refused, with an error that names the column and the rule", () => {
	const ids = ["trigger_id", "user_id"].flatMap((column): [string, Columns, string][] => [
		["empty", { [column]: "" }, `${column} must be 1 to 512 bytes`],
		["513 bytes", { [column]: "x".repeat(513) }, `${column} must be 1 to 512 bytes`],
		["fewer characters but more bytes", { [column]: "é".repeat(257) }, `${column} must be 1 to 512 bytes`],
		["a dot", { [column]: "." }, `${column} must not be . or ..`],
		["two dots", { [column]: ".." }, `${column} must not be . or ..`],
		...["\u0001", "\t", "\n", "\r", "\u001b[31m", "\u007f", "\u0080", "\u0085", "\u009f"].map(
			(character): [string, Columns, string] => [
				`a control character U+${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
				{ [column]: `a${character}b` },
				`${column} must not contain control characters`,
			],
		),
	]);
	const others: [string, Columns, string][] = [
		["an array", { payload: "[]" }, "payload must be a JSON object"],
		["a number", { payload: "1" }, "payload must be a JSON object"],
		["a string", { payload: '"value"' }, "payload must be a JSON object"],
		["JSON null", { payload: "null" }, "payload must be a JSON object"],
		["over 64 KiB", { payload: SIZE(65_537) }, "payload must be at most 64 KiB as text"],
		["65 levels of arrays", { payload: nested(65, "[", "]") }, "payload must be nested at most 64 deep"],
		[
			"65 levels of objects",
			{ payload: `${'{"a":'.repeat(64)}{}${"}".repeat(64)}` },
			"payload must be nested at most 64 deep",
		],
		["value a string", { payload: '{"value": "19.99"}' }, "payload.value must be a number"],
		["value null", { payload: '{"value": null}' }, "payload.value must be a number"],
		["value an object", { payload: '{"value": {"a": 1}}' }, "payload.value must be a number"],
		["value true", { payload: '{"value": true}' }, "payload.value must be a number"],
		["infinite", { deliver_after: "infinity" }, "deliver_after must be finite"],
		["minus infinite", { deliver_after: "-infinity" }, "deliver_after must be finite"],
		["an empty key", { idempotency_key: "" }, "idempotency_key must be 1 to 512 bytes"],
		["a long key", { idempotency_key: "k".repeat(513) }, "idempotency_key must be 1 to 512 bytes"],
		["an empty ordering key", { ordering_key: "" }, "ordering_key must be 1 to 512 bytes"],
		["a long ordering key", { ordering_key: "k".repeat(513) }, "ordering_key must be 1 to 512 bytes"],
		["large metadata", { metadata: SIZE(65_537) }, "metadata must be at most 64 KiB as text"],
	];
	test.each([...ids, ...others])("%s: %o", async (_name, columns, rule) => {
		for (const write of [insertRow, emitRow]) {
			const error = (await write(columns).then(
				() => null,
				(reason) => reason,
			)) as pg.DatabaseError | null;
			expect(error).toMatchObject({ code: "23514", constraint: rule });
			expect(error?.message).toContain(rule);
		}
	});

	test.each([
		["trigger_id", { trigger_id: null }],
		["user_id", { user_id: null }],
		["payload", { payload: null }],
	])("%s null", async (column, columns) => {
		await expect(insertRow(columns)).rejects.toMatchObject({ code: "23502", column });
	});

	test("a payload nested so deep that it cannot be read", async () => {
		await expect(insertRow({ payload: nested(30_000, "[", "]") })).rejects.toThrow(/64 deep|stack depth/);
	});

	test("a byte that no text may hold", async () => {
		await expect(insertRow({ user_id: "a\0b" })).rejects.toThrow(/invalid byte sequence|0x00/);
	});
});

describe("accepted as it is", () => {
	const hostile = [
		"/",
		"\\",
		"a/b/../../c",
		"../../x",
		"...",
		"?#%+&=;:@",
		"%2e%2e",
		"a b",
		" leading",
		"trailing ",
		" ",
		"\u00a0",
		"☕🏳️‍🌈",
		"مرحبا",
		"\u202eabc",
		"名前",
		"e\u0301",
		"é",
		"'; DROP TABLE x; --",
		"<script>",
		"$1",
		"x".repeat(512),
		"é".repeat(256),
	];
	test.each(hostile)("the id %o", async (id) => {
		const event = await insertRow({ trigger_id: id, user_id: id, ordering_key: id });
		const { rows } = await database.current.query(
			"SELECT trigger_id, user_id FROM reward_outbox.outbox WHERE id = $1",
			[event],
		);
		expect(rows).toEqual([{ trigger_id: id, user_id: id }]);
	});

	test.each([
		["exactly 64 KiB", SIZE(65_536)],
		["64 levels of arrays", nested(64, "[", "]")],
		["64 levels of objects", `${'{"a":'.repeat(63)}{}${"}".repeat(63)}`],
		["many brackets side by side, and in strings", JSON.stringify({ a: Array(100).fill([]), b: "[".repeat(300) })],
		["an empty object", "{}"],
		["value a large integer", '{"value": 123456789012345678901234567890}'],
		["value beyond double", '{"value": 1e400}'],
		["value with trailing zeros", '{"value": 1.10}'],
		["value negative", '{"value": -0.5}'],
		["keys that look like value", '{"Value": "x", "a": {"value": "x"}}'],
	])("a payload: %s", async (_name, payload) => {
		await expect(insertRow({ payload })).resolves.toMatch(/^[0-9a-f-]{36}$/);
	});

	test("any text without control characters that fits, and nothing else", async () => {
		const text = fc.oneof(
			fc.string({ unit: "binary", maxLength: 20 }),
			fc.string({ unit: "grapheme", maxLength: 300 }),
		);
		await fc.assert(
			fc.asyncProperty(text, async (id) => {
				fc.pre(!id.includes("\0") && id.isWellFormed());
				const bytes = Buffer.byteLength(id);
				const legal = bytes >= 1 && bytes <= 512 && id !== "." && id !== ".." && !/\p{Cc}/u.test(id);
				const accepted = await insertRow({ user_id: id }).then(
					() => true,
					() => false,
				);
				expect(accepted).toBe(legal);
			}),
			{ numRuns: 200 },
		);
	});
});

test("an old application that has standard_conforming_strings off writes the same events, and is warned of nothing", async () => {
	const client = await database.current.pool.connect();
	const notices: unknown[] = [];
	client.on("notice", (notice) => notices.push(notice));
	try {
		await client.query("SET standard_conforming_strings = off");
		const write = (user: string) =>
			client.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('t', $1, '{}')", [user]);
		await write("user1");
		await write("/");
		await expect(write("a\u0001b")).rejects.toMatchObject({
			constraint: "user_id must not contain control characters",
		});
		expect(notices).toEqual([]);
	} finally {
		client.release(true);
	}
});

test("an event's id is a version 7 UUID of the time it was inserted", async () => {
	const before = Date.now() - 1_000;
	const id = await insertRow({});
	expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	const madeAt = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
	expect(madeAt).toBeGreaterThanOrEqual(before);
	expect(madeAt).toBeLessThanOrEqual(Date.now() + 1_000);
});
