import { randomBytes } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readWatches } from "../../src/store/diagnose.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { listWatches } from "../../src/store/watches/list.ts";
import { previewWatch } from "../../src/store/watches/preview.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { asRole } from "../support/login.ts";
import { errorsOf, ORDER_PAID, type Rule, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const suffix = randomBytes(3).toString("hex");
const VICTIM = `escalation_victim_${suffix}`;
const ATTACKER = `escalation_attacker_${suffix}`;
const WRITER = `escalation_writer_${suffix}`;
const ROLES = [VICTIM, ATTACKER, WRITER];
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);

beforeAll(async () => {
	for (const role of ROLES) await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
	await query(`GRANT reward_outbox_watcher TO ${VICTIM}, ${ATTACKER};
		CREATE SCHEMA shop AUTHORIZATION ${VICTIM}; GRANT USAGE ON SCHEMA shop TO ${WRITER}, ${ATTACKER};
		CREATE SCHEMA lair AUTHORIZATION ${ATTACKER}; GRANT USAGE ON SCHEMA lair TO PUBLIC;
		CREATE TABLE public.seen (who text, what text); GRANT INSERT, SELECT ON public.seen TO PUBLIC;
		CREATE FUNCTION public.note(text) RETURNS void LANGUAGE sql AS 'INSERT INTO public.seen VALUES (current_user, $1)'`);
});
afterAll(async () => {
	await database.current.drop();
	for (const role of ROLES) await queryAsAdmin(`DROP ROLE ${role}`);
});
beforeEach(async () => {
	await query(`DELETE FROM reward_outbox.watch_rules; DROP TABLE IF EXISTS shop.orders, lair.bait CASCADE;
		TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors, public.seen`);
	await as(VICTIM, async (db) => {
		await db.query("CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text)");
		await db.query(`GRANT INSERT, UPDATE, SELECT ON shop.orders TO ${WRITER}`);
		await watch(db, VICTIMS);
	});
	await as(ATTACKER, (db) =>
		db.query("CREATE TABLE lair.bait (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text)"),
	);
});

const VICTIMS: Rule = { ...ORDER_PAID, table_name: "shop.orders" };
const BAIT: Rule = { ...ORDER_PAID, name: "bait", table_name: "lair.bait" };
const REFUSED = { code: "42501" };

const as = <T>(role: string, use: (db: pg.Client) => Promise<T>) => asRole(database.current.url, role, use);

describe("somebody who may make rules on a table of their own", () => {
	test("cannot have anything evaluated with other rights than their own", async () => {
		await as(ATTACKER, async (db) => {
			await watch(db, BAIT);
			for (const statement of [
				"SELECT * FROM reward_outbox.try_order_paid('preview', '{\"limit\": 9}')",
				"SELECT * FROM reward_outbox.evaluate_rule('order_paid', 'preview', '{\"limit\": 9}')",
				"SELECT reward_outbox.replay_watch_errors()",
				"SELECT * FROM reward_outbox.preview_rule((SELECT r FROM reward_outbox.watch_rules r WHERE r.name = 'order_paid'), 9)",
				"SELECT reward_outbox.insert_captured(NULL, 'order_paid')",
				"CREATE TRIGGER t AFTER INSERT ON lair.bait REFERENCING NEW TABLE AS reward_new FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.watch_order_paid()",
			])
				await expect(db.query(statement), statement).rejects.toMatchObject(REFUSED);
			// A rule made by hand from another one is still only a rule on a table of one's own.
			await expect(
				db.query(`INSERT INTO reward_outbox.watch_rules (name, watched, operations, trigger_id, user_id)
					VALUES ('mine', 'shop.orders', '{INSERT}', 't', 'pg_temp.evil(1)')`),
			).rejects.toThrow(/must be owner of table shop\.orders/);
			await expect(
				db.query("UPDATE reward_outbox.watch_rules SET user_id = '''me''' WHERE name = 'order_paid'"),
			).rejects.toThrow(/must be owner/);
		});
	});

	test("cannot change, replace or remove what belongs to another rule, and make nothing in our schema", async () => {
		await as(ATTACKER, async (db) => {
			await watch(db, BAIT);
			for (const statement of [
				"DROP FUNCTION reward_outbox.watch_order_paid() CASCADE",
				"ALTER FUNCTION reward_outbox.watch_order_paid() SECURITY INVOKER",
				"ALTER FUNCTION reward_outbox.try_order_paid(text, jsonb) SECURITY INVOKER",
				"ALTER FUNCTION reward_outbox.watch_problem(text) SECURITY INVOKER",
				"ALTER FUNCTION reward_outbox.check_rule(text) SET search_path = lair",
				"CREATE OR REPLACE FUNCTION reward_outbox.watch_order_paid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
				"CREATE FUNCTION reward_outbox.check_event(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
				"ALTER FUNCTION reward_outbox.watch_bait() RENAME TO watch_another",
				"SELECT reward_outbox.unwatch('order_paid')",
				"DELETE FROM reward_outbox.watch_rules",
			])
				await expect(db.query(statement), statement).rejects.toMatchObject(REFUSED);
		});
		await query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid')");
		expect(await users(database.current.pool)).toEqual(["10"]);
	});

	test("reads no event and no key of others, and inserts under no other name", async () => {
		await query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid')");
		await query("SELECT reward_outbox.emit('t', 'u', idempotency_key => 'secret')");
		await as(ATTACKER, async (db) => {
			await watch(db, BAIT);
			for (const statement of [
				"SELECT idempotency_key FROM reward_outbox.outbox",
				"SELECT * FROM reward_outbox.capture",
				"SELECT * FROM reward_outbox.watch_errors",
				"INSERT INTO reward_outbox.outbox (trigger_id, user_id, source) VALUES ('t', 'u', 'order_paid')",
			])
				await expect(db.query(statement), statement).rejects.toMatchObject(REFUSED);
			expect((await db.query("SELECT idempotency_key FROM reward_outbox.captured_keys")).rows).toEqual([]);
			for (const source of ["'order_paid'", "NULL", "'nobody'"])
				await expect(
					db.query(`INSERT INTO reward_outbox.capture (trigger_id, user_id, source) VALUES ('t', 'u', ${source})`),
				).rejects.toThrow(/violates check option/);
			await expect(
				db.query(
					"INSERT INTO reward_outbox.capture_errors (watch, table_name, operation, error_code, error_message) VALUES ('order_paid', 't', 'INSERT', 'x', 'y')",
				),
			).rejects.toThrow(/violates check option/);
			// A rule says which one it is; whose it is, is looked up. A key that another rule used is free for one's own,
			// whether it was used or not.
			for (const rule of ["order_paid", "bait"]) {
				await db.query("SELECT set_config('reward_outbox.rule', $1, false)", [rule]);
				expect((await db.query("SELECT idempotency_key FROM reward_outbox.captured_keys")).rows).toEqual([]);
				await expect(
					db.query("INSERT INTO reward_outbox.capture (trigger_id, user_id, source) VALUES ('t', 'u', 'order_paid')"),
				).rejects.toThrow(/violates check option/);
			}
			await db.query(`INSERT INTO reward_outbox.capture (trigger_id, user_id, payload, idempotency_key, source)
				VALUES ('successful_payment', '10', '{"value": 1}', 'order-1-paid', 'bait')`);
		});
		expect(await users(database.current.pool, "bait")).toEqual(["10"]);
	});

	test("runs nothing in the session of somebody who looks", async () => {
		await as(ATTACKER, async (db) => {
			await db.query(`CREATE FUNCTION lair.spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
				PERFORM pg_catalog.set_config('search_path', 'lair', false);
				PERFORM public.note($1); RETURN 'u'; END $$`);
			await watch(db, { ...BAIT, user_id: "lair.spy('folded')", condition: "lair.spy('condition') = 'u'" });
		});
		await query("TRUNCATE public.seen");
		const client = await database.current.pool.connect();
		try {
			const path = (await client.query("SHOW search_path")).rows;
			await client.query("SELECT * FROM reward_outbox.watches");
			await client.query("SELECT name, reward_outbox.watch_problem(name) FROM reward_outbox.watch_rules");
			// What checks or replays a rule takes back what it did.
			await client.query("SELECT reward_outbox.check_rule('bait')");
			await client.query("SELECT * FROM reward_outbox.replay_watch_errors()");
			expect((await client.query("SHOW search_path")).rows).toEqual(path);
		} finally {
			client.release();
		}
		await listWatches(database.current.pool);
		await readWatches(database.current.pool);
		await readOverview(database.current.pool);
		expect((await query("SELECT * FROM public.seen")).rows).toEqual([]);
		expect(await stateOf(database.current.pool, "bait")).toEqual({ state: "ok", problem: null });
	});

	test("stops no tool with a rule that sleeps", async () => {
		await as(ATTACKER, async (db) => {
			await db.query(`CREATE FUNCTION lair.awake() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
				IF pg_catalog.current_setting('lair.sleep', true) = 'on' THEN PERFORM pg_catalog.pg_sleep(600); END IF; RETURN true; END $$`);
			await watch(db, { ...BAIT, condition: "lair.awake()" });
		});
		await query("SET statement_timeout = '5s'; SET lair.sleep = 'on'");
		await query("SELECT * FROM reward_outbox.watches");
		await readWatches(database.current.pool);
		await query("RESET statement_timeout; RESET lair.sleep");
	});

	test("who alters the functions of a rule of their own has nobody run anything with other rights", async () => {
		await as(ATTACKER, async (db) => {
			await db.query(`CREATE FUNCTION lair.tell(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
					PERFORM public.note(current_user::text); RETURN 'u'; END $$;
				CREATE FUNCTION lair.equal(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
					PERFORM lair.tell('='); RETURN true; END $$;
				CREATE OPERATOR lair.= (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.equal)`);
			await watch(db, { ...BAIT, user_id: "lair.tell('rule')", payload: "jsonb_build_object('value', 1 / NEW.total)" });
			await db.query("INSERT INTO lair.bait VALUES (1, 10, 0, 'paid')");
			await db.query(`CREATE DOMAIN lair.text AS pg_catalog.text CHECK (lair.tell(VALUE) IS NOT NULL);
				ALTER FUNCTION reward_outbox.try_bait(pg_catalog.text, jsonb) SECURITY INVOKER SET search_path = lair, pg_catalog`);
		});
		await query("TRUNCATE public.seen");
		await query("SELECT reward_outbox.check_rule('bait')");
		await query("SELECT * FROM reward_outbox.replay_watch_errors()");
		await expect(
			query("SELECT p.* FROM reward_outbox.watch_rules r, reward_outbox.preview_rule(r, 10) p WHERE r.name = 'bait'"),
		).rejects.toMatchObject({ code: "RO002" });
		await expect(query("SELECT * FROM reward_outbox.evaluate_rule('bait', 'check', '{}')")).rejects.toMatchObject({
			code: "RO002",
		});
		expect((await query("SELECT * FROM public.seen")).rows).toEqual([]);
		await query("DROP DOMAIN lair.text; DROP OPERATOR lair.= (text, text)");
		expect(await errorsOf(database.current.pool, "bait")).toMatchObject([{ error_code: "RO002", resolved_at: null }]);
	});

	test("locks no table that other rules or tools read, and can still change and remove rules of their own", async () => {
		const { rows } = await query(`SELECT r.rolname, c.relname FROM pg_roles r, pg_class c
			WHERE r.rolname LIKE 'reward\\_outbox\\_%' AND c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'p', 'v')
			AND has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE')`);
		expect(rows).toEqual([]);
		await as(ATTACKER, async (db) => {
			await watch(db, BAIT);
			for (const mode of ["SHARE", "ACCESS EXCLUSIVE"])
				await expect(
					db.query(`BEGIN; LOCK TABLE reward_outbox.watch_rules IN ${mode} MODE`).finally(() => db.query("ROLLBACK")),
				).rejects.toMatchObject(REFUSED);
			await expect(
				db.query("UPDATE reward_outbox.watch_rules SET removed = true WHERE name = 'order_paid'"),
			).rejects.toThrow(/must be owner/);
			await watch(db, { ...BAIT, user_id: "'changed'" });
			await db.query("INSERT INTO lair.bait VALUES (1, 10, 1, 'paid')");
			const removed = await db.query(
				"SELECT reward_outbox.unwatch('bait') AS there, reward_outbox.unwatch('bait') AS again",
			);
			expect(removed.rows).toEqual([{ there: true, again: false }]);
			await db.query("INSERT INTO lair.bait VALUES (2, 20, 1, 'paid')");
		});
		expect(await users(database.current.pool, "bait")).toEqual(["changed"]);
		expect((await query("SELECT to_regproc('reward_outbox.watch_bait') AS left")).rows).toEqual([{ left: null }]);
	});

	test("has nobody wait by a text that is long to read", async () => {
		const quotes = Array.from({ length: 3000 }, (_, n) => `$a${n}`).join("");
		await as(ATTACKER, async (db) => {
			await watch(db, { ...BAIT, condition: `NEW.status <> '${quotes}'` });
			await expect(watch(db, { ...BAIT, condition: `NEW.status <> '${"x".repeat(33_000)}'` })).rejects.toThrow(
				/its expressions have \d+ bytes: 32768 at most/,
			);
		});
		const client = await database.current.pool.connect();
		try {
			await client.query("SET statement_timeout = '3s'");
			const { rows } = await client.query("SELECT state FROM reward_outbox.watches WHERE name = 'bait'");
			expect(rows).toEqual([{ state: "ok" }]);
		} finally {
			await client.query("RESET statement_timeout");
			client.release();
		}
	});

	test("has a superuser run nothing with a superuser's rights: not by writing, making, previewing or replaying", async () => {
		await as(ATTACKER, (db) =>
			db.query(`CREATE FUNCTION lair.who() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
				PERFORM public.note('who'); RETURN current_user; END $$`),
		);
		await watch(database.current.pool, { ...BAIT, user_id: "lair.who()" });
		await query("INSERT INTO lair.bait VALUES (1, 10, 1, 'paid')");
		await query(
			"SELECT p.* FROM reward_outbox.watch_rules r, reward_outbox.preview_rule(r, 10) p WHERE r.name = 'bait'",
		);
		await previewWatch(database.current.pool, "bait", 10);
		expect(await users(database.current.pool, "bait")).toEqual([ATTACKER]);
		const { rows } = await query("SELECT DISTINCT who FROM public.seen");
		expect(rows).toEqual([{ who: ATTACKER }]);
	});
});

describe("somebody who may only write the table", () => {
	test("puts nothing of their own into a rule by what their session looks up first", async () => {
		await as(WRITER, async (db) => {
			await db.query(`CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''stolen''';
				CREATE FUNCTION pg_temp.equal(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
				CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.equal);
				CREATE TEMP TABLE owned_watches (name text); CREATE TEMP TABLE reward_new (id bigint);
				SET search_path = pg_temp, shop, pg_catalog`);
			await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'new')");
		});
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toEqual([]);
	});

	test("needs and gets no right on our schema", async () => {
		await as(WRITER, async (db) => {
			await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid')");
			await expect(db.query("SELECT FROM reward_outbox.owned_watches")).rejects.toMatchObject(REFUSED);
		});
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toMatchObject([{ key: { id: 2 } }]);
	});
});

describe("a table that changes hands", () => {
	test("leaves no rule running with the old owner's rights; the change is kept, and the rule made again goes on", async () => {
		await query(`ALTER TABLE shop.orders OWNER TO ${WRITER}`);
		await query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid')");
		expect(await users(database.current.pool)).toEqual([]);
		expect(await errorsOf(database.current.pool)).toMatchObject([
			{ error_code: "RO002", error_message: expect.stringMatching(/does not belong to .* any more/) },
		]);
		expect(await stateOf(database.current.pool)).toMatchObject({
			state: "broken",
			problem: expect.stringContaining(`belongs to ${VICTIM}, the table to ${WRITER}`),
		});
		// What was missed is not taken for a row that is gone.
		expect((await query("SELECT done, note FROM reward_outbox.replay_watch_errors()")).rows).toEqual([
			{ done: false, note: expect.stringMatching(/does not belong to .* any more/) },
		]);
		await expect(as(VICTIM, (db) => watch(db, VICTIMS))).rejects.toMatchObject(REFUSED);
		await watch(database.current.pool, VICTIMS);
		await query("INSERT INTO shop.orders VALUES (2, 20, 1, 'paid')");
		expect((await query("SELECT note FROM reward_outbox.replay_watch_errors()")).rows).toHaveLength(1);
		expect((await users(database.current.pool)).sort()).toEqual(["10", "20"]);
		const { rows } = await query(
			"SELECT proowner::regrole::text AS owner FROM pg_proc WHERE oid = 'reward_outbox.watch_order_paid()'::regprocedure",
		);
		expect(rows).toEqual([{ owner: WRITER }]);
	});
});
