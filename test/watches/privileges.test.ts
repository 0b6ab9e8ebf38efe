import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readDepth } from "../../src/store/depth.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { asRole, urlFor } from "../support/login.ts";
import { errorsOf, ORDER_PAID, type Rule, users, watch } from "./rules.ts";

const database = useTestDatabase();
const OWNER = "watch_test_owner";
const WRITER = "watch_test_writer";
const STRANGER = "watch_test_stranger";
const ROLES = [OWNER, WRITER, STRANGER];

beforeAll(async () => {
	for (const role of ROLES) await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
	await database.current.query(`GRANT reward_outbox_watcher TO ${OWNER}, ${STRANGER};
		CREATE SCHEMA shop AUTHORIZATION ${OWNER}; GRANT USAGE ON SCHEMA shop TO ${WRITER}`);
});

afterAll(async () => {
	await database.current.drop();
	for (const role of ROLES) await queryAsAdmin(`DROP ROLE ${role}`);
});

beforeEach(async () => {
	await database.current.query(
		"DROP TABLE IF EXISTS shop.orders; TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors",
	);
	await as(OWNER, async (db) => {
		await db.query("CREATE TYPE shop.mood AS ENUM ('paid', 'new')").catch(() => {});
		await db.query(
			"CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status shop.mood)",
		);
		await db.query(`GRANT INSERT, UPDATE, SELECT ON shop.orders TO ${WRITER}`);
	});
});

const RULE: Rule = { ...ORDER_PAID, table_name: "shop.orders" };

const as = <T>(role: string, use: (db: pg.Client) => Promise<T>) => asRole(database.current.url, role, use);

describe("who may do what", () => {
	test("the table's owner makes a rule; a writer without any right on our schema triggers it", async () => {
		await as(OWNER, (db) => watch(db, RULE));
		await as(WRITER, async (db) => {
			await expect(db.query("SELECT FROM reward_outbox.events")).rejects.toMatchObject({ code: "42501" });
			await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid')");
			await db.query("UPDATE shop.orders SET status = 'new'");
		});
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toMatchObject([{ key: { id: 2 }, error_code: "23502" }]);
	});

	test("the owner sees its rule as ok, replaces it and removes it", async () => {
		await as(OWNER, async (db) => {
			await watch(db, RULE);
			await watch(db, { ...RULE, operations: "{UPDATE}" });
			const { rows } = await db.query("SELECT name, table_name, state, problem, created_by FROM reward_outbox.watches");
			expect(rows).toEqual([
				{ name: "order_paid", table_name: "shop.orders", state: "ok", problem: null, created_by: OWNER },
			]);
			// What the command line asks first.
			await db.query("SELECT FROM reward_outbox.migrations");
			await db.query("SELECT reward_outbox.unwatch('order_paid')");
			expect((await db.query("SELECT FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass")).rowCount).toBe(0);
		});
	});

	test("nobody else may make, change or remove it, by whatever way", async () => {
		await as(OWNER, (db) => watch(db, RULE));
		await as(STRANGER, async (db) => {
			await expect(watch(db, { ...RULE, name: "mine" })).rejects.toThrow(
				/permission denied for schema shop|must be owner/,
			);
			await expect(db.query("UPDATE reward_outbox.watch_rules SET user_id = '''me'''")).rejects.toThrow(
				/must be owner of table shop\.orders/,
			);
			await expect(db.query("SELECT reward_outbox.unwatch('order_paid')")).rejects.toThrow(
				/must be owner of table shop\.orders/,
			);
			await db.query("CREATE TEMP TABLE bait (id bigint, customer_id bigint, total numeric, status text)");
			// With the right to execute it, the function could be hung on a table of one's own.
			await expect(
				db.query(
					"CREATE TRIGGER t AFTER INSERT ON bait REFERENCING NEW TABLE AS reward_new FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.watch_order_paid()",
				),
			).rejects.toThrow(/permission denied for function .*watch_order_paid/);
			await expect(db.query("SELECT reward_outbox.replay_watch_errors()")).rejects.toMatchObject({ code: "42501" });
			await expect(db.query("SELECT * FROM reward_outbox.watch_errors")).rejects.toMatchObject({ code: "42501" });
		});
		await as(WRITER, async (db) => {
			await expect(watch(db, RULE)).rejects.toMatchObject({ code: "42501" });
		});
	});

	test("a relay may count what is missing, and not read it", async () => {
		await database.current.query(
			"INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, error_code, error_message) VALUES ('w', 't', 'INSERT', 'x', 'y')",
		);
		await database.current.query(`GRANT reward_outbox_relay TO ${WRITER}`);
		const pool = new pg.Pool({ connectionString: urlFor(database.current.url, WRITER) });
		try {
			expect(await readDepth(pool)).toMatchObject({ unresolvedWatchErrors: 1 });
			await expect(pool.query("SELECT new_row FROM reward_outbox.watch_errors")).rejects.toMatchObject({
				code: "42501",
			});
		} finally {
			await pool.end();
			await database.current.query(`REVOKE reward_outbox_relay FROM ${WRITER}`);
		}
	});

	test("a member of the owning role may, and a superuser", async () => {
		await database.current.query(`GRANT ${OWNER} TO ${STRANGER}`);
		await as(STRANGER, (db) => watch(db, RULE));
		await database.current.query(`REVOKE ${OWNER} FROM ${STRANGER}`);
		await watch(database.current.pool, { ...RULE, on_error: "raise" });
		await expect(
			as(OWNER, (db) => db.query("SELECT reward_outbox.unwatch('order_paid') AS done")),
		).resolves.toMatchObject({ rows: [{ done: true }] });
	});

	test("a rule's functions belong to the table's owner, are executable by nobody else, and fix what they depend on", async () => {
		await as(OWNER, (db) => watch(db, RULE));
		const { rows } = await database.current.query(`
			SELECT proname, proowner::regrole::text AS owner, prosecdef, proconfig[1] AS path, proacl::text AS acl
			FROM pg_proc WHERE pronamespace = 'reward_outbox'::regnamespace AND proname IN ('watch_order_paid', 'try_order_paid') ORDER BY 1`);
		const common = { owner: OWNER, prosecdef: true, path: "search_path=pg_catalog, pg_temp" };
		expect(rows).toEqual([
			{ ...common, proname: "try_order_paid", acl: `{${OWNER}=X/${OWNER},postgres=X/${OWNER}}` },
			{ ...common, proname: "watch_order_paid", acl: `{${OWNER}=X/${OWNER}}` },
		]);
		const may = await database.current.query(
			`SELECT has_schema_privilege('${OWNER}', 'reward_outbox', 'CREATE') AS make, has_table_privilege('${OWNER}', 'reward_outbox.outbox', 'SELECT') AS read,
			        has_table_privilege('${OWNER}', 'reward_outbox.outbox', 'INSERT') AS write`,
		);
		expect(may.rows).toEqual([{ make: false, read: false, write: false }]);
	});

	test("an expression runs as the table's owner, whoever writes, looks, previews or replays", async () => {
		await as(OWNER, async (db) => {
			await db.query(
				"CREATE OR REPLACE FUNCTION shop.who() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text'",
			);
			await watch(db, { ...RULE, user_id: "shop.who()", condition: "NEW.total / (NEW.total - 1) > 0" });
		});
		await database.current.query("INSERT INTO shop.orders VALUES (1, 10, 2, 'paid'), (2, 10, 1, 'paid')");
		expect(await users(database.current.pool)).toEqual([OWNER]);
		const { rows } = await database.current.query(
			"SELECT (p.event).user_id FROM reward_outbox.watch_rules r, reward_outbox.preview_rule(r, 10) p WHERE p.applies",
		);
		expect(rows).toEqual([{ user_id: OWNER }]);
		await watch(database.current.pool, { ...RULE, user_id: "shop.who()" });
		expect((await database.current.query("SELECT note FROM reward_outbox.replay_watch_errors()")).rows).toEqual([
			{ note: "emitted" },
		]);
		expect(await users(database.current.pool)).toEqual([OWNER, OWNER]);
	});
});
