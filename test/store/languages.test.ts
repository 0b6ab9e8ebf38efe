import { afterAll, beforeAll, expect, test } from "vitest";
import { listEvents } from "../../src/store/inspect/list-events.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { createBlankDatabase } from "../support/blank-database.ts";
import { queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { captured, errorsOf, ORDERS, watch } from "../watches/rules.ts";
import { claimAll, insertOne } from "./events.ts";

// In Turkish the small letter of I is another one than i, and the capital letter of i another one than I.

let database: TestDatabase | undefined;

beforeAll(async () => {
	const { rows } = await queryAsAdmin("SELECT current_setting('server_version_num')::integer >= 150000 AS able");
	if (!rows[0]?.["able"]) return;
	database = await createBlankDatabase({ icuLocale: "tr-TR" });
	await migrateToLatest(database.url);
	await database.query(ORDERS);
});

afterAll(() => database?.drop());

test("a rule of a watch works in a database whose language is Turkish, however it is written", async ({ skip }) => {
	if (database === undefined) return skip("PostgreSQL 14 has no languages by ICU for a whole database");
	const { rows } = await database.query("SELECT lower('INSERT') AS lowered, upper('insert') AS raised");
	expect(rows).toEqual([{ lowered: "\u0131nsert", raised: "\u0130NSERT" }]);
	const rule = {
		name: "written_large",
		table_name: "public.orders",
		operations: "{insert,Update,DELETE}",
		condition: "TG_OP = 'DELETE' OR NEW.ID > 0",
		trigger_id: "t",
		user_id: "coalesce(NEW.CUSTOMER_ID, OLD.CUSTOMER_ID)::text",
	};
	await watch(database.pool, rule);
	await database.query("INSERT INTO orders VALUES (1, 10, 1, 'paid'); UPDATE orders SET total = 2; DELETE FROM orders");
	await database.query("SET reward_outbox.watch = 'FALSE'; INSERT INTO orders VALUES (2, 20, 1, 'paid'); RESET ALL");
	expect(await errorsOf(database.pool, "written_large")).toEqual([]);
	expect(await captured(database.pool, "written_large")).toHaveLength(3);
	const { rows: watches } = await database.query(
		"SELECT operations::text, reward_outbox.watch_problem(name) AS problem FROM reward_outbox.watches",
	);
	expect(watches).toEqual([{ operations: "{INSERT,UPDATE,DELETE}", problem: null }]);
	const { rows: columns } = await database.query(
		"SELECT record, name FROM reward_outbox.watch_columns('NEW.CUSTOMER_ID || OLD.ID') ORDER BY name",
	);
	expect(columns).toEqual([
		{ record: "new", name: "customer_id" },
		{ record: "old", name: "id" },
	]);
	expect(await claimAll(database)).toHaveLength(3);
	await database.query("SELECT reward_outbox.unwatch('written_large')");
	const { rows: triggers } = await database.query(
		"SELECT tgname FROM pg_trigger WHERE tgrelid = 'public.orders'::regclass AND NOT tgisinternal",
	);
	expect(triggers).toEqual([]);
});

test("a text in a payload is found there in whatever case", async ({ skip }) => {
	if (database === undefined) return skip("PostgreSQL 14 has no languages by ICU for a whole database");
	const id = await insertOne(database, { payload: '{"note": "INFO, \u0130stanbul"}' });
	for (const text of ["info", "INFO", "\u0131nfo", "istanbul"]) {
		const { events } = await listEvents(database.pool, { filter: { text }, limit: 10 });
		expect([text, events.map((event) => event.id)]).toEqual([text, [id]]);
	}
});
