import type { Database } from "./database.ts";
import { isSingleRole } from "./diagnose.ts";
import { type ExpectedSchema, expectedSchema } from "./expected-schema.ts";
import { readFunctions, readMigrations, readPrivileges } from "./migrations.ts";

/**
 * A trigger function whose rule is not in the database: what its table's writers do is neither captured nor recorded.
 */
export interface OrphanedRule {
	readonly name: string;
	/** With their schemas, quoted. */
	readonly tables: readonly string[];
}

/** What a restore, a copy or a move left out. */
export interface MissingParts {
	/** `absent`: no schema at all. `hollow`: its tables are there, and nothing says what they were made from. */
	readonly schema: "absent" | "hollow" | "there";
	readonly owner: string | null;
	readonly roles: readonly string[];
	/** Every role of this package, as the migrations name them. */
	readonly allRoles: readonly string[];
	/** Operators are no auditors. */
	readonly membership: boolean;
	/** Tables and sequences. */
	readonly relations: readonly string[];
	readonly views: readonly string[];
	readonly functions: readonly string[];
	readonly triggers: readonly string[];
	/** Privileges that roles which exist lack, by role. */
	readonly grants: readonly { readonly role: string; readonly count: number }[];
	/** Functions that everybody may execute and should not. */
	readonly open: number;
	/** Tables, views, sequences and functions that belong to somebody else than the schema. */
	readonly foreign: number;
	readonly orphans: readonly OrphanedRule[];
}

type Facts = Omit<MissingParts, "schema" | "allRoles"> & {
	readonly exists: boolean;
	readonly hasRecord: boolean;
};

// What is expected comes as JSON. Nothing is called that may be missing.
const FACTS = `
WITH expected AS (SELECT $1::jsonb AS parts, $2::text[] AS roles),
space AS (SELECT n.oid, n.nspowner FROM pg_namespace n WHERE n.nspname = 'reward_outbox'),
grants AS (
  SELECT g.*, to_regprocedure(CASE g.kind WHEN 'function' THEN g.object END) AS function,
         c.oid AS relation
  FROM expected, jsonb_to_recordset(parts -> 'grants') AS g(role text, kind text, object text, privilege text, columns jsonb)
  LEFT JOIN pg_class c ON g.kind = 'relation' AND c.relnamespace = (SELECT oid FROM space)
    AND 'reward_outbox.' || c.relname = g.object
  WHERE g.role = 'public' OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
),
lacking AS (
  SELECT role FROM grants g
  WHERE NOT CASE g.kind
    WHEN 'function' THEN g.function IS NULL OR has_function_privilege(g.role, g.function, g.privilege)
    WHEN 'schema' THEN has_schema_privilege(g.role, (SELECT oid FROM space), g.privilege)
    ELSE g.relation IS NULL OR CASE WHEN g.columns IS NULL OR g.columns = 'null' THEN has_table_privilege(g.role, g.relation, g.privilege)
      ELSE (SELECT bool_and(has_column_privilege(g.role, g.relation, k, g.privilege))
            FROM jsonb_array_elements_text(CASE jsonb_typeof(g.columns) WHEN 'array' THEN g.columns ELSE '[]' END) k) END END
),
rules AS (
  SELECT p.oid, p.proname, substr(p.proname, 7) AS name
  FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM space) AND p.prorettype = 'trigger'::regtype AND p.proname LIKE 'watch\\_%'
)
SELECT EXISTS (SELECT FROM space) AS exists,
  EXISTS (SELECT FROM pg_class c, space s WHERE c.relnamespace = s.oid AND c.relname = 'outbox') AS "hasRecord",
  (SELECT pg_get_userbyid(nspowner) FROM space)::text AS owner,
  ARRAY(SELECT r FROM expected, unnest(roles) r WHERE NOT EXISTS (SELECT FROM pg_roles p WHERE p.rolname = r)) AS roles,
  NOT coalesce((SELECT pg_has_role(o.oid, a.oid, 'MEMBER') FROM pg_roles o, pg_roles a
                WHERE o.rolname = 'reward_outbox_operator' AND a.rolname = 'reward_outbox_auditor'), true) AS membership,
  ARRAY(SELECT r FROM expected, jsonb_array_elements_text(parts -> 'relations') r
        WHERE NOT EXISTS (SELECT FROM pg_class c, space s WHERE c.relnamespace = s.oid AND c.relname = r)) AS relations,
  ARRAY(SELECT v FROM expected, jsonb_array_elements_text(parts -> 'views') v
        WHERE NOT EXISTS (SELECT FROM pg_class c, space s WHERE c.relnamespace = s.oid AND c.relname = v)) AS views,
  ARRAY(SELECT f FROM expected, jsonb_array_elements_text(parts -> 'functions') f
        WHERE NOT EXISTS (SELECT FROM pg_proc p, space s WHERE p.pronamespace = s.oid AND p.proname = f)) AS functions,
  ARRAY(SELECT t.name FROM expected, jsonb_to_recordset(parts -> 'triggers') AS t(name text, "table" text)
        WHERE NOT EXISTS (SELECT FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid, space s
                          WHERE c.relnamespace = s.oid AND c.relname = t."table" AND g.tgname = t.name)) AS triggers,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('role', l.role, 'count', l.n) ORDER BY l.role), '[]')
   FROM (SELECT role, count(*) AS n FROM lacking GROUP BY role) l) AS grants,
  (SELECT count(*) FROM pg_proc p, space s
   WHERE p.pronamespace = s.oid AND has_function_privilege('public', p.oid, 'EXECUTE')
     AND NOT EXISTS (SELECT FROM grants g WHERE g.role = 'public' AND g.function = p.oid))::integer AS open,
  ((SELECT count(*) FROM pg_class c, space s
    WHERE c.relnamespace = s.oid AND c.relkind IN ('r', 'v', 'S', 'p') AND c.relowner <> s.nspowner)
   + (SELECT count(*) FROM pg_proc p, space s, expected e
      WHERE p.pronamespace = s.oid AND p.proowner <> s.nspowner AND e.parts -> 'functions' ? p.proname))::integer AS foreign,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.name, 'tables', ARRAY(
     SELECT format('%I.%I', n.nspname, c.relname)
     FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE g.tgfoid = r.oid AND NOT g.tgisinternal AND g.tgparentid = 0 GROUP BY 1 ORDER BY 1)) ORDER BY r.name), '[]')
   FROM rules r) AS orphans`;

/** @throws What PostgreSQL says */
export async function readMissingParts(db: Database): Promise<MissingParts> {
	const expected = await expectedHere(db);
	const allRoles = [...new Set(expected.grants.map(({ role }) => role))].filter((role) => role !== "public");
	const { rows } = await db.query<Facts>(FACTS, [JSON.stringify(expected), allRoles]);
	const { exists, hasRecord, ...found } = rows[0] as Facts;
	const facts = { ...found, allRoles };
	if (!exists || !hasRecord) return { ...facts, schema: "absent", orphans: [] };
	const known = facts.relations.includes("watch_rules") ? [] : await ruleNames(db);
	const isRecorded = !facts.relations.includes("migrations") && (await holds(db, "migrations"));
	return {
		...facts,
		schema: isRecorded ? "there" : "hollow",
		orphans: known === null ? [] : facts.orphans.filter(({ name }) => !known.includes(name)),
	};
}

/** Nothing is missing but perhaps rules. */
export function isWhole(parts: MissingParts): boolean {
	const lists = [
		parts.roles,
		parts.relations,
		parts.views,
		parts.functions,
		parts.triggers,
		parts.grants,
		parts.orphans,
	];
	return (
		parts.schema === "there" &&
		lists.every((list) => list.length === 0) &&
		!parts.membership &&
		parts.open === 0 &&
		parts.foreign === 0
	);
}

/** A schema that was made without roles has no privileges to miss. */
async function expectedHere(db: Database): Promise<ExpectedSchema> {
	const expected = await readExpected();
	const { rows } = await db.query<{ exists: boolean }>(
		`SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'reward_outbox' AND tablename = 'installation') AS exists`,
	);
	if (!rows[0]?.exists || !(await isSingleRole(db))) return expected;
	return { ...expected, grants: expected.grants.filter(({ role }) => role === "public") };
}

async function readExpected(): Promise<ExpectedSchema> {
	const [migrations, functions, privileges] = await Promise.all([readMigrations(), readFunctions(), readPrivileges()]);
	return expectedSchema([...migrations.map(({ sql }) => sql), functions.sql], privileges);
}

async function holds(db: Database, table: "migrations" | "outbox"): Promise<boolean> {
	const { rows } = await db.query<{ holds: boolean }>(`SELECT EXISTS (SELECT FROM reward_outbox.${table}) AS holds`);
	return rows[0]?.holds ?? false;
}

/** Whether dropping the schema would lose events. */
export async function holdsEvents(db: Database, { relations }: MissingParts): Promise<boolean> {
	return !relations.includes("outbox") && (await holds(db, "outbox"));
}

/** Null: this user may not see them, and a relay need not. */
async function ruleNames(db: Database): Promise<string[] | null> {
	const { rows: may } = await db.query<{ may: boolean }>(
		"SELECT has_table_privilege('reward_outbox.watch_rules', 'SELECT') AS may",
	);
	if (!may[0]?.may) return null;
	return (await db.query<{ name: string }>("SELECT name FROM reward_outbox.watch_rules")).rows.map(({ name }) => name);
}

/** Rules that the catalog says do not work, and that making them again may mend. */
export async function brokenRules(db: Database): Promise<string[]> {
	const broken = `SELECT r.name FROM reward_outbox.watch_rules r JOIN pg_class c ON c.oid = r.watched
		WHERE reward_outbox.watch_problem(r.name) IS NOT NULL ORDER BY r.name`;
	return (await db.query<{ name: string }>(broken)).rows.map(({ name }) => name);
}
