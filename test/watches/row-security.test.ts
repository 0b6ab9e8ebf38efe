import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDepth } from "../../src/store/depth.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";
import { ORDER_PAID, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);
const ROLES = ["rls_owner", "rls_shop", "rls_relay", "rls_auditor"];

/** A platform that secures whatever it finds, in the strictest way. */
const SECURE = `
DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END
$$`;

beforeAll(async () => {
	for (const role of ROLES) await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
	await query(`GRANT reward_outbox_watcher TO rls_owner; GRANT reward_outbox_writer TO rls_shop;
		GRANT reward_outbox_relay TO rls_relay; GRANT reward_outbox_auditor TO rls_auditor;
		CREATE SCHEMA shop AUTHORIZATION rls_owner; GRANT USAGE ON SCHEMA shop TO rls_shop`);
	// The schema's owner is no superuser either, whom no policy would hold.
	await queryAsAdmin("CREATE ROLE rls_schema_owner");
	await query(`GRANT CREATE ON DATABASE ${database.current.name} TO rls_schema_owner`);
	const { rows } = await query(`
		SELECT format('ALTER %s %s OWNER TO rls_schema_owner', CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END, c.oid::regclass) AS change
		FROM pg_class c WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'v')
		UNION ALL SELECT 'ALTER SEQUENCE reward_outbox.watch_misses OWNER TO rls_schema_owner'
		UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO rls_schema_owner', p.oid::regprocedure)
		FROM pg_proc p WHERE p.pronamespace = 'reward_outbox'::regnamespace
		UNION ALL SELECT 'ALTER SCHEMA reward_outbox OWNER TO rls_schema_owner'`);
	for (const { change } of rows) await query(change);
	await query(SECURE);
});

afterAll(async () => {
	await untilNobodyIsLeft();
	await database.current.drop();
	for (const role of [...ROLES, "rls_schema_owner"]) await queryAsAdmin(`DROP ROLE ${role}`);
});

/** A pool has ended before the server knows. */
async function untilNobodyIsLeft(): Promise<void> {
	for (;;) {
		const { rowCount } = await query("SELECT FROM pg_stat_activity WHERE usename LIKE 'rls\\_%'");
		if (rowCount === 0) return;
	}
}

async function as<T>(role: string, use: (db: pg.Pool) => Promise<T>): Promise<T> {
	const pool = new pg.Pool({ connectionString: urlFor(database.current.url, role), max: 1 });
	try {
		return await use(pool);
	} finally {
		await pool.end();
	}
}

test("row-level security that a platform switches on for our tables hides, loses and fails nothing", async () => {
	await as("rls_owner", async (db) => {
		await db.query("CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text)");
		await db.query("GRANT INSERT ON shop.orders TO rls_shop");
		await watch(db, { ...ORDER_PAID, table_name: "shop.orders" });
	});
	await as("rls_shop", async (db) => {
		await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid')");
		await db.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'u')");
		await db.query("SELECT reward_outbox.emit('t', 'u', idempotency_key => 'k')");
	});
	expect(await as("rls_relay", readDepth)).toMatchObject({ byStatus: { pending: 3 }, unresolvedWatchErrors: 1 });
	const seen = await as("rls_auditor", (db) =>
		db.query(`SELECT (SELECT count(*)::int FROM reward_outbox.events) AS events, (SELECT count(*)::int FROM reward_outbox.watch_errors) AS errors,
			(SELECT count(*)::int FROM reward_outbox.watches WHERE state = 'ok') AS working`),
	);
	expect(seen.rows).toEqual([{ events: 3, errors: 1, working: 1 }]);
});
