import { beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { mendingScript } from "../../src/store/mending-script.ts";
import { type MissingParts, readMissingParts } from "../../src/store/missing-parts.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDER_PAID, ORDERS, stateOf, users, watch } from "../watches/rules.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);

async function look(): Promise<{ parts: MissingParts; script: string | null }> {
	const db = openDatabase({ url: database.current.url, applicationName: "test", maxConnections: 1 });
	try {
		const parts = await readMissingParts(db);
		return { parts, script: await mendingScript(db, parts) };
	} finally {
		await db.end();
	}
}

/** As psql would run it. */
const run = (script: string | null) => query((script as string).replaceAll(/^\\.*$/gm, ""));

beforeEach(async () => {
	await query("DELETE FROM reward_outbox.watch_rules; TRUNCATE reward_outbox.outbox");
	await query(`DROP TABLE IF EXISTS orders; ${ORDERS}`);
	await watch(database.current.pool, ORDER_PAID);
});

test("a schema as the migrations make it lacks nothing", async () => {
	const { parts, script } = await look();
	expect(parts).toMatchObject({
		schema: "there",
		roles: [],
		membership: false,
		relations: [],
		views: [],
		functions: [],
		triggers: [],
		grants: [],
		open: 0,
		foreign: 0,
		orphans: [],
	});
	expect(parts.allRoles).toContain("reward_outbox_relay");
	expect(script).toBeNull();
});

test.each([
	[
		"REVOKE EXECUTE ON FUNCTION reward_outbox.tidy() FROM reward_outbox_relay",
		{ grants: [{ role: "reward_outbox_relay", count: 1 }] },
	],
	[
		"REVOKE INSERT (user_id) ON reward_outbox.outbox FROM reward_outbox_writer",
		{ grants: [{ role: "reward_outbox_writer", count: 1 }] },
	],
	[
		"REVOKE USAGE ON SCHEMA reward_outbox FROM reward_outbox_auditor",
		{ grants: [{ role: "reward_outbox_auditor", count: 1 }] },
	],
	["GRANT EXECUTE ON FUNCTION reward_outbox.adopt(boolean, text, text) TO PUBLIC", { open: 1 }],
	["DROP FUNCTION reward_outbox.tidy()", { functions: ["tidy"] }],
	["DROP VIEW reward_outbox.watches", { views: ["watches"] }],
	["DROP TRIGGER notify_relays ON reward_outbox.outbox", { triggers: ["notify_relays"] }],
	["DROP TRIGGER e_try ON reward_outbox.watch_rules", { triggers: ["e_try"] }],
])("it is found, and put back: %s", async (statement, found) => {
	await query(statement);
	const { parts, script } = await look();
	expect(parts).toMatchObject(found);
	await run(script);
	expect((await look()).script).toBeNull();
});

test("functions of an earlier version are replaced along with what is missing; tables of one are migrate's", async () => {
	await query("UPDATE reward_outbox.migrations SET checksum = 'earlier' WHERE name = 'functions'");
	await run((await look()).script);
	expect((await look()).script).toBeNull();
	const last = "(SELECT max(name) FROM reward_outbox.migrations WHERE name <> 'functions')";
	const { rows } = await query(`DELETE FROM reward_outbox.migrations WHERE name = ${last} RETURNING *`);
	await expect(look()).rejects.toMatchObject({ code: "schema_older" });
	const { name, checksum, version } = rows[0] as Record<string, string>;
	await query(
		`INSERT INTO reward_outbox.migrations (name, checksum, version) VALUES ('${name}', '${checksum}', '${version}')`,
	);
});

test("a rule that lost its triggers or its owner's rights works again", async () => {
	await query("DROP FUNCTION reward_outbox.watch_order_paid() CASCADE");
	await run((await look()).script);
	expect(await stateOf(database.current.pool)).toEqual({ state: "ok", problem: null });
	await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
	expect(await users(database.current.pool)).toEqual(["10"]);
});

test("a trigger whose rule is gone is found, and taken away", async () => {
	await query("ALTER TABLE reward_outbox.watch_rules DISABLE TRIGGER USER; DELETE FROM reward_outbox.watch_rules");
	await query("ALTER TABLE reward_outbox.watch_rules ENABLE TRIGGER USER");
	const { parts, script } = await look();
	expect(parts.orphans).toEqual([{ name: "order_paid", tables: ["public.orders"] }]);
	await run(script);
	expect((await query("SELECT FROM pg_trigger WHERE tgrelid = 'orders'::regclass")).rowCount).toBe(0);
	expect((await look()).script).toBeNull();
});

test("tables that are missing where there are events are beyond a script; where there are none, all is made anew", async () => {
	await query("ALTER TABLE reward_outbox.alerts RENAME TO elsewhere");
	await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
	expect((await look()).script).toBeNull();
	await query("TRUNCATE reward_outbox.outbox");
	const { script } = await look();
	expect(script).toContain("DROP SCHEMA IF EXISTS reward_outbox CASCADE");
	await run(script);
	expect((await look()).parts).toMatchObject({ schema: "there", relations: [], grants: [] });
});
