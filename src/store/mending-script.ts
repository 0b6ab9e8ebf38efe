import type { Database } from "./database.ts";
import { BEGIN_SCRIPT, fullMigrationScript, recorded } from "./migrate.ts";
import { FUNCTIONS_NAME, readFunctions, readPrivileges } from "./migrations.ts";
import { brokenRules, holdsEvents, isWhole, type MissingParts, type OrphanedRule } from "./missing-parts.ts";
import { readSchemaState, SchemaNewerError, SchemaOlderError } from "./schema.ts";

/**
 * One text that a DBA can read and paste into psql, and that puts back what a restore, a copy or a move left out. Null:
 * nothing is missing that a script could put back.
 */
export async function mendingScript(db: Database, parts: MissingParts): Promise<string | null> {
	if (parts.schema === "absent") return script([head(), await fullMigrationScript()], parts);
	if (parts.schema === "hollow" || parts.relations.length > 0) {
		// What is there was not made by these texts as far as anybody can tell, and it holds events.
		if (await holdsEvents(db, parts)) return null;
		return script([head(), rolesStep(parts), DROP, await fullMigrationScript()], parts);
	}
	const text = await functionsToRun(db, parts);
	const rules = parts.functions.length + parts.views.length === 0 ? await brokenRules(db) : await everyRule(db);
	if (isWhole(parts) && rules.length === 0 && text === null) return null;
	const steps = [
		head(),
		BEGIN_SCRIPT,
		rolesStep(parts),
		OWNERS,
		text ?? `-- Who may do what.\n${await readPrivileges()}`,
		NUMBERS,
		...rules.map(rulesStep),
		...parts.orphans.map(orphanStep),
		"COMMIT;\n",
	];
	return script(steps, parts);
}

async function everyRule(db: Database): Promise<string[]> {
	const { rows } = await db.query<{ name: string }>("SELECT name FROM reward_outbox.watch_rules ORDER BY name");
	return rows.map(({ name }) => name);
}

function script(steps: readonly string[], parts: MissingParts): string {
	return [...steps, afterwards(parts)].join("\n");
}

function head(): string {
	return `-- Puts back what this database lacks of reward_outbox after it was restored, copied or moved. What is in order it leaves as it is,
-- so that it can be run again. Run it as a superuser; where there is none, as the owner of the schema, with CREATEROLE.
\\set ON_ERROR_STOP on
`;
}

function rolesStep({ allRoles }: MissingParts): string {
	if (allRoles.length === 0) return "";
	const list = allRoles.map((role) => `'${role}'`).join(", ");
	return `-- Roles belong to the cluster: no dump of a database has them.
DO $$
DECLARE
  missing text;
BEGIN
  FOR missing IN SELECT r FROM pg_catalog.unnest(ARRAY[${list}]) r
                 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles p WHERE p.rolname OPERATOR(pg_catalog.=) r) LOOP
    EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', missing);
  END LOOP;
  IF NOT pg_catalog.pg_has_role('reward_outbox_operator', 'reward_outbox_auditor', 'MEMBER') THEN
    GRANT reward_outbox_auditor TO reward_outbox_operator;
  END IF;
END
$$;
`;
}

const DROP = `-- Only definitions were restored. They hold nothing, and nothing says what they were made from: they are made anew. With them
-- go triggers on other tables that had nothing to work with.
DO $$
BEGIN
  IF to_regclass('reward_outbox.outbox') IS NOT NULL THEN
    IF EXISTS (SELECT FROM reward_outbox.outbox) THEN
      RAISE EXCEPTION 'reward_outbox.outbox holds events: it is not dropped';
    END IF;
  END IF;
END
$$;
DROP SCHEMA IF EXISTS reward_outbox CASCADE;
`;

const OWNERS = `-- One role owns all of it; functions of rules belong to the owners of their tables.
DO $$
DECLARE
  owner name := (SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE n.nspname = 'reward_outbox');
  one   record;
BEGIN
  FOR one IN
    SELECT format('ALTER %s reward_outbox.%I OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
             c.relname, owner) AS statement
    FROM pg_class c
    WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND pg_get_userbyid(c.relowner) <> owner
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                      AND c.relkind = 'S')
    UNION ALL
    SELECT format('ALTER FUNCTION %s OWNER TO %I', p.oid::regprocedure, owner)
    FROM pg_proc p
    WHERE p.pronamespace = 'reward_outbox'::regnamespace AND pg_get_userbyid(p.proowner) <> owner
      AND NOT (p.proname LIKE 'watch\\_%' AND p.prorettype = 'trigger'::regtype)
      AND NOT (p.proname LIKE 'try\\_%' AND p.proretset AND p.proargtypes::text = '25 3802')
  LOOP
    EXECUTE one.statement;
  END LOOP;
  -- What is made or granted below is the owner's.
  EXECUTE format('SET LOCAL ROLE %I', owner);
END
$$;
`;

const NUMBERS = `-- Rows may have been loaded without the sequences that number them.
RESET ROLE;
SELECT reward_outbox.advance_sequences();
`;

/**
 * All functions, views, their triggers and privileges, where some are missing or are those of an earlier version, which
 * migrate could not replace as long as roles are missing. Null: they are there.
 *
 * @throws SchemaOlderError when tables are missing that only migrate makes, SchemaNewerError
 */
async function functionsToRun(db: Database, { functions, views, triggers }: MissingParts): Promise<string | null> {
	const { pending, laterFunctions } = await readSchemaState(db);
	const tables = pending.filter((name) => name !== FUNCTIONS_NAME);
	if (tables.length > 0) throw new SchemaOlderError(tables, true);
	if (laterFunctions) throw new SchemaNewerError("its functions are those of a later version");
	if (pending.length + functions.length + views.length + triggers.length === 0) return null;
	const file = await readFunctions();
	return `-- Functions, views, their triggers and privileges.
${file.sql}
SET LOCAL check_function_bodies = on;
${recorded(file)}
`;
}

/**
 * Made again, a rule gets its functions, its triggers and the rights that it needs, with the owner that its table has
 * now.
 */
function rulesStep(name: string): string {
	return `DO $$
BEGIN
  UPDATE reward_outbox.watch_rules SET changed_at = now() WHERE name = '${name}';
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'rule ${name} could not be made again: %', SQLERRM;
END
$$;
`;
}

/** Names of rules are letters, digits, dots, dashes and underscores. */
function orphanStep({ name, tables }: OrphanedRule): string {
	const on = tables.length === 0 ? "no table" : tables.map(oneLine).join(", ");
	return `-- The rule ${oneLine(name)} was not restored: its triggers (on ${on}) capture nothing. Make it again, see below.
DROP FUNCTION IF EXISTS reward_outbox.${quoted(`watch_${name}`)}() CASCADE;
DROP FUNCTION IF EXISTS reward_outbox.${quoted(`try_${name}`)}(text, jsonb) CASCADE;
`;
}

function quoted(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function oneLine(text: string): string {
	return text.replaceAll(/[^\x20-\x7e]/g, "?");
}

/** What no script can know. */
function afterwards({ orphans, roles, schema }: MissingParts): string {
	const lines = [
		...(roles.length > 0 || schema !== "there"
			? [
					"Logins lose their membership with the roles. Who they are only you know:",
					"  GRANT reward_outbox_relay TO ...; GRANT reward_outbox_writer TO ...; GRANT reward_outbox_operator TO ...; GRANT reward_outbox_watcher TO ...;",
				]
			: []),
		...(orphans.length > 0 || schema !== "there"
			? [
					`Rules that were not restored${orphans.length > 0 ? ` (${orphans.map(({ name }) => oneLine(name)).join(", ")})` : ""}: reward-outbox watches apply FILE, with what watches export printed where they still are.`,
				]
			: []),
		'Relays send nothing from here until: reward-outbox adopt --reason "..."',
		"Then: reward-outbox doctor",
	];
	return `-- Afterwards:\n${lines.map((line) => `--   ${line}`).join("\n")}\n`;
}
