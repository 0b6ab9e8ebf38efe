import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { listEvents } from "../../src/store/inspect/list-events.ts";
import { readEvent } from "../../src/store/inspect/one-event.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { startRelay, until, untilAll } from "../relay/running.ts";
import { createBlankDatabase } from "../support/blank-database.ts";
import type { TestDatabase } from "../support/database.ts";
import { answer, startScriptedReward } from "../support/scripted-reward.ts";

/**
 * Every encoding that PostgreSQL offers for a database, with words in it. MULE_INTERNAL is left out: no UTF-8 client
 * can connect to it.
 */
const ENCODINGS: Readonly<Record<string, string>> = {
	UTF8: "用户 Иван é 😀 e\u0301",
	SQL_ASCII: "用户 Иван é 😀 e\u0301",
	EUC_JP: "日本語テスト",
	EUC_JIS_2004: "日本語テスト",
	EUC_CN: "中文用户",
	EUC_KR: "한국어",
	EUC_TW: "繁體中文",
	LATIN1: "äöü ß ÿ",
	LATIN2: "žluťoučký",
	LATIN3: "ħġ",
	LATIN4: "ĸŗ",
	LATIN5: "ığş",
	LATIN6: "ðþ",
	LATIN7: "ąčę",
	LATIN8: "ŵŷ",
	LATIN9: "€ œ",
	LATIN10: "ș€",
	ISO_8859_5: "Иван",
	ISO_8859_6: "مستخدم",
	ISO_8859_7: "χρήστης",
	ISO_8859_8: "משתמש",
	KOI8R: "Иван ─",
	KOI8U: "Ївга",
	WIN866: "Иван ├",
	WIN874: "ผู้ใช้",
	WIN1250: "€ Žluťoučký Š",
	WIN1251: "Ђ Иван €",
	WIN1252: "€ Š œ ž Ÿ",
	WIN1253: "χρήστης €",
	WIN1254: "ığş €",
	WIN1255: "משתמש €",
	WIN1256: "مستخدم €",
	WIN1257: "ąčę €",
	WIN1258: "đ €",
};

/** Bytes that PostgreSQL takes for a character of the encoding, and for which there is none in UTF-8. */
const BROKEN: Readonly<Record<string, string>> = {
	SQL_ASCII: "e4",
	EUC_JP: "f5a1",
	WIN1251: "98",
	WIN1252: "81",
	WIN1253: "81",
	WIN1257: "81",
};

async function migrated(encoding: string): Promise<TestDatabase> {
	const database = await createBlankDatabase({ encoding });
	await migrateToLatest(database.url);
	return database;
}

async function insert(database: TestDatabase, user: string): Promise<void> {
	await database.query(
		"INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, metadata) VALUES ($1, $1, jsonb_build_object('value', 1.10, 'name', $1::text), jsonb_build_object('name', $1::text))",
		[user],
	);
}

describe.each(Object.entries(ENCODINGS))("in a database in %s", (encoding, words) => {
	test("events are written, delivered byte for byte, answered, and read", { timeout: 60_000 }, async () => {
		await using database = await migrated(encoding);
		await using reward = await startScriptedReward();
		// Whatever the receiver says, the database holds what it can of it.
		reward.respond(({ path }) =>
			path.includes("refused")
				? answer(422, '{"error":{"code":"no","message":"\u20ac \u7528 \\ud800 \\u0000"}}')
				: answer(200, `{"success":true,"name":"\u20ac \u7528 ${words}"}`),
		);
		await insert(database, words);
		await insert(database, "refused");
		await expect(insert(database, "a\u0007b")).rejects.toMatchObject({ code: "23514" });
		{
			await using _relay = await startRelay(database, reward);
			await untilAll(database, { delivered: 1, dead: 1 });
		}
		const request = reward.requests.find(({ path }) => !path.includes("refused"));
		const part = encodeURIComponent(words);
		expect(request?.path).toBe(`/v1/triggers/${part}/users/${part}/events`);
		expect(request?.body.toString("utf8")).toBe(`{"name": "${words}", "value": 1.10}`);
		const db = openDatabase({ url: database.url, applicationName: "test", maxConnections: 1 });
		try {
			const { events } = await listEvents(db, { filter: {}, limit: 10 });
			expect(events.map(({ user_id }) => user_id).toSorted()).toEqual([words, "refused"].toSorted());
			for (const { id } of events) expect((await readEvent(db, id))?.attempts).toHaveLength(1);
		} finally {
			await db.end();
		}
	});
});

describe.each(Object.entries(BROKEN))("a row with bytes that cannot be shown, in %s", (encoding, hex) => {
	test.each(["user_id", "payload", "trigger_id"])(
		"in %s, ends by itself with these bytes in hex, and stops nobody",
		{ timeout: 60_000 },
		async (column) => {
			await using database = await migrated(encoding);
			await using reward = await startScriptedReward();
			const text = `convert_from('\\x${hex}', '${encoding}')`;
			const insertBroken = (options = "") => {
				const user = column === "user_id" ? text : "'user'";
				const trigger = column === "trigger_id" ? text : "'payment'";
				const payload = column === "payload" ? `jsonb_build_object('name', ${text})` : "'{}'";
				return database.query(
					`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, ordering_key, deliver_after)
				 VALUES (${trigger}, ${user}, ${payload}, ${options || "NULL, NULL"})`,
				);
			};
			await insert(database, "before");
			await insertBroken();
			await insert(database, "between");
			await insertBroken("'key', NULL");
			await database.query("SELECT reward_outbox.emit('payment', 'behind', ordering_key => 'key')");
			await insertBroken("NULL, clock_timestamp() + interval '100 milliseconds'");
			await insert(database, "after");
			const db = openDatabase({ url: database.url, applicationName: "test", maxConnections: 1 });
			try {
				// Readers meet it before any relay has.
				expect((await listEvents(db, { filter: {}, limit: 10 })).events).toHaveLength(7);
				await using _relay = await startRelay(database, reward);
				await until("the others are delivered, the broken ones dead", async () => {
					const { rows } = await database.query(
						"SELECT count(*) FILTER (WHERE status = 'delivered')::int AS delivered, count(*) FILTER (WHERE status = 'dead')::int AS dead FROM reward_outbox.events",
					);
					return rows[0]?.["delivered"] === 4 && rows[0]?.["dead"] === 3;
				});
				expect(reward.applied).toHaveLength(4);
				const { events } = await listEvents(db, { filter: { status: "dead" }, limit: 10 });
				// Whoever looks by psql meets them as well.
				const { rows: all } = await database.query("SELECT * FROM reward_outbox.events");
				expect(all).toHaveLength(7);
				expect(all.filter((row) => JSON.stringify(row[column]).includes(`x${hex}`))).toHaveLength(3);
				for (const event of events) {
					expect(event.last_error).toMatch(
						new RegExp(`unreadable: ${column} cannot be sent: .*its bytes, in hex: .*${hex}`),
					);
					expect(JSON.stringify(event)).toContain(`x${hex}`);
				}
			} finally {
				await db.end();
			}
		},
	);
});
