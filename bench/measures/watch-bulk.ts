import { readFileSync } from "node:fs";
import type pg from "pg";
import type { Bench } from "../bench.ts";
import { ours } from "../contenders/ours.ts";

const PAID = "NEW.status = 'paid' AND (TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM 'paid')";

/** What the rule makes of the rows of one statement. */
export const BULK_RULES = {
	none: { name: "no watch", condition: null, user: "" },
	never: { name: "never applies", condition: PAID.replaceAll("'paid'", "'gone'"), user: "NEW.customer_id::text" },
	hundredth: {
		name: "applies to one row in 100",
		condition: `${PAID} AND NEW.id % 100 = 0`,
		user: "NEW.customer_id::text",
	},
	every: { name: "every row is an event", condition: PAID, user: "NEW.customer_id::text" },
	failing: { name: "fails in every row", condition: PAID, user: "NULL::text" },
} as const;
export type BulkRule = keyof typeof BULK_RULES;

/** What the same costs without any rule, so that it shows how far a rule is from what PostgreSQL itself takes. */
export const BULK_LIMITS = {
	kept: {
		name: "no watch, an empty trigger that gets both versions of the rows",
		/** Of a trigger's function. */
		body: "NULL;",
		/** What the application itself does after its UPDATE. */
		after: null,
	},
	paired: {
		name: "no watch, a trigger that pairs the versions and does nothing",
		body: `EXECUTE 'SELECT count(*) FROM (SELECT n.*, row_number() OVER () AS pair FROM new_rows n) n
			JOIN (SELECT o.*, row_number() OVER () AS pair FROM old_rows o) o ON o.pair = n.pair
			WHERE n.status = ''paid'' AND n.id % 100 = 0 AND o.status IS DISTINCT FROM ''paid''';`,
		after: null,
	},
	inserted: {
		name: "no watch, the application inserts the same events itself, at once",
		body: null,
		after: (table: string) => `INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, metadata)
			SELECT 'bench', customer_id::text, jsonb_build_object('value', total),
			       jsonb_build_object('table', 'public.${table}', 'key', jsonb_build_object('id', id))
			FROM ${table}`,
	},
} as const;
export type BulkLimit = keyof typeof BULK_LIMITS;

/** `plain`; `partitioned`: written through the table; `direct`: its one partition is written. */
export const BULK_TABLES = ["plain", "partitioned", "direct"] as const;
export type BulkTable = (typeof BULK_TABLES)[number];

const PARTITIONS = 4;

interface Case {
	readonly rule: BulkRule | BulkLimit;
	readonly table: BulkTable;
	/** What is watched. */
	readonly watched: string;
	/** What the statement names. */
	readonly written: string;
}

const RULES = Object.keys(BULK_RULES) as BulkRule[];
const LIMITS = Object.keys(BULK_LIMITS) as BulkLimit[];

const CASES: readonly Case[] = BULK_TABLES.flatMap((table) =>
	[...RULES, ...(table === "plain" ? LIMITS : [])].map((rule): Case => {
		const watched = `${table}_${rule}`;
		return { rule, table, watched, written: table === "direct" ? `${watched}_0` : watched };
	}),
);

const isLimit = (rule: Case["rule"]): rule is BulkLimit => rule in BULK_LIMITS;
const nameOf = (rule: Case["rule"]): string => (isLimit(rule) ? BULK_LIMITS[rule] : BULK_RULES[rule]).name;

/** What a watch adds to one UPDATE of many rows: the documentation's rule, and some that are hostile. */
export async function measureWatchBulk(bench: Bench): Promise<void> {
	const { profile, progress } = bench;
	const rows = profile.watchBulkRows;
	progress.heading(`UPDATE of ${rows.toLocaleString("en")} rows in one statement, with and without a watch`);
	await using database = await bench.databases.create({ ...ours, id: "watch-bulk" });
	const { client } = database;
	await client.query("SET client_min_messages = error");
	for (const one of CASES) await prepare(client, one, rows);
	for (let round = 0; round < profile.watchBulkRounds; round++) {
		for (let i = 0; i < CASES.length; i++) {
			const one = CASES[(i + round) % CASES.length] as Case;
			const values = await measured(client, one, rows);
			bench.record({
				measure: "watch",
				contender: `bulk-${one.rule}`,
				round,
				setting: { table: one.table, rows },
				values,
			});
			if (round === 0) progress.step(`${one.table}, ${nameOf(one.rule)}`, `${Math.round(values.wallMs)} ms`);
		}
	}
}

async function prepare(client: pg.Client, { rule, table, watched }: Case, rows: number): Promise<void> {
	const isPlain = table === "plain";
	await client.query(
		`CREATE TABLE ${watched} (id bigint PRIMARY KEY, customer_id bigint NOT NULL, total numeric, status text)
		 ${isPlain ? "" : "PARTITION BY HASH (id)"}`,
	);
	const partitions = isPlain ? 0 : table === "direct" ? 1 : PARTITIONS;
	for (let n = 0; n < partitions; n++)
		await client.query(
			`CREATE TABLE ${watched}_${n} PARTITION OF ${watched} FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${n})`,
		);
	await client.query(`INSERT INTO ${watched} SELECT n, n, 19.90, 'new' FROM generate_series(1, $1) n`, [rows]);
	if (isLimit(rule)) await prepareLimit(client, rule, watched);
	else await prepareRule(client, rule, watched);
	await client.query(`VACUUM ANALYZE ${watched}`);
}

async function prepareLimit(client: pg.Client, rule: BulkLimit, table: string): Promise<void> {
	const { body } = BULK_LIMITS[rule];
	if (body === null) return;
	await client.query(`CREATE FUNCTION ${table}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN ${body} RETURN NULL; END $f$;
		CREATE TRIGGER ${table} AFTER UPDATE ON ${table} REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
		FOR EACH STATEMENT EXECUTE FUNCTION ${table}()`);
}

async function prepareRule(client: pg.Client, rule: BulkRule, watched: string): Promise<void> {
	const { condition, user } = BULK_RULES[rule];
	if (condition !== null)
		await client.query(
			`SELECT reward_outbox.watch(name => $1, table_name => 'public.' || $1, operations => '{INSERT,UPDATE}', condition => $2,
			        trigger_id => 'bench', user_id => $3, payload => 'jsonb_build_object(''value'', NEW.total)',
			        idempotency_key => '''order-'' || NEW.id || ''-paid''')`,
			[watched, condition, user],
		);
}

/** Rolled back, so that each round finds the same rows. */
async function measured(
	client: pg.Client,
	{ rule, watched, written }: Case,
	rows: number,
): Promise<{ wallMs: number; cpuMs: number | null }> {
	await client.query("BEGIN");
	const cpuBefore = await backendMs(client);
	const startedAt = performance.now();
	await client.query(`UPDATE ${written} SET status = 'paid'`);
	const after = isLimit(rule) ? BULK_LIMITS[rule].after : null;
	if (after !== null) await client.query(after(watched));
	const wallMs = performance.now() - startedAt;
	const cpuAfter = await backendMs(client);
	await checkCaptured(client, rule, rows);
	await client.query("ROLLBACK");
	await client.query(`VACUUM ${watched}`);
	await client.query("VACUUM reward_outbox.outbox, reward_outbox.watch_errors");
	return { wallMs, cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore };
}

/** A figure of something that did not happen would be a lie. */
async function checkCaptured(client: pg.Client, rule: Case["rule"], rows: number): Promise<void> {
	const { rows: found } = await client.query<{ events: number; failed: number }>(`
		SELECT (SELECT count(*)::integer FROM reward_outbox.outbox) AS events,
		       (SELECT coalesce(sum(changes), 0)::integer FROM reward_outbox.watch_errors) AS failed`);
	const events = rule === "every" || rule === "inserted" ? rows : rule === "hundredth" ? Math.floor(rows / 100) : 0;
	const failed = rule === "failing" ? rows : 0;
	if (found[0]?.events !== events || found[0]?.failed !== failed)
		throw new Error(
			`${rule}: ${found[0]?.events} events and ${found[0]?.failed} errors instead of ${events} and ${failed}`,
		);
}

/** Processor time of the session's process; null: it is not on this machine, or this system does not tell. */
async function backendMs(client: pg.Client): Promise<number | null> {
	const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
	try {
		return Number(readFileSync(`/proc/${rows[0]?.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
	} catch {
		return null;
	}
}
