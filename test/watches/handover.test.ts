import { randomBytes } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { asRole } from "../support/login.ts";
import { ORDER_PAID, type Rule, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const suffix = randomBytes(3).toString("hex");
const OWNER = `handover_owner_${suffix}`;
const HEIR = `handover_heir_${suffix}`;
const query = (text: string) => database.current.query(text);

beforeAll(async () => {
	for (const role of [OWNER, HEIR]) await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
});
afterAll(async () => {
	await database.current.drop();
	for (const role of [OWNER, HEIR]) await queryAsAdmin(`DROP ROLE ${role}`);
});
beforeEach(async () => {
	await query(`DELETE FROM reward_outbox.watch_rules; DROP SCHEMA IF EXISTS shop CASCADE; DROP OWNED BY ${HEIR};
		TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors;
		GRANT reward_outbox_watcher TO ${OWNER}; CREATE SCHEMA shop AUTHORIZATION ${OWNER}`);
	await as(OWNER, async (db) => {
		await db.query("CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text)");
	});
});

const RULE: Rule = { ...ORDER_PAID, table_name: "shop.orders" };

const as = <T>(role: string, use: (db: pg.Client) => Promise<T>) => asRole(database.current.url, role, use);

test.each([
	["all at once", {}],
	["row by row", { condition: "NEW IS DISTINCT FROM OLD" }],
])("a role's tables given to another one and its rights dropped, captured %s, are still written", async (_, change) => {
	await as(OWNER, (db) => watch(db, { ...RULE, ...change }));
	await query(`REASSIGN OWNED BY ${OWNER} TO ${HEIR}; DROP OWNED BY ${OWNER}`);
	const warnings = await as(HEIR, async (db) => {
		const heard: (string | undefined)[] = [];
		db.on("notice", (notice) => heard.push(notice.message));
		await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'paid')");
		return heard;
	});
	expect(warnings[0]).toMatch(/could neither capture a change of shop\.orders nor record that: permission denied/);
	expect(await stateOf(database.current.pool)).toEqual({
		state: "broken",
		problem: `the table's owner ${HEIR} lacks rights in the schema reward_outbox: make the rule again`,
	});
	await watch(database.current.pool, { ...RULE, ...change });
	await as(HEIR, (db) => db.query("INSERT INTO shop.orders VALUES (3, 30, 1, 'paid')"));
	expect(await users(database.current.pool)).toEqual(["30"]);
});

test("a row that a policy hides from the table's owner is not taken for one that is gone", async () => {
	await as(OWNER, async (db) => {
		await watch(db, {
			name: "order_paid",
			table_name: "shop.orders",
			trigger_id: "t",
			user_id: "(1 / NEW.total)::text",
		});
		await db.query("INSERT INTO shop.orders VALUES (1, 10, 0, repeat('x', 1100000))");
		await db.query(`ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
			CREATE POLICY mine ON shop.orders USING (current_setting('shop.tenant', true) = '1')`);
	});
	const replay = async () => (await query("SELECT done, note FROM reward_outbox.replay_watch_errors()")).rows;
	expect(await replay()).toEqual([
		{ done: false, note: expect.stringContaining('affected by row-level security policy for table "orders"') },
	]);
	await query("UPDATE shop.orders SET total = 1, status = ''; TRUNCATE reward_outbox.outbox");
	await query("ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY");
	expect(await replay()).toEqual([{ done: true, note: "emitted" }]);
	expect(await users(database.current.pool)).toHaveLength(1);
});
