import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { packageFile } from "../package-file.ts";

const MIGRATIONS = packageFile("migrations/");
const FUNCTIONS = new URL("functions/", MIGRATIONS);
/** Names the whole of `migrations/functions/` among the files that are on record. */
export const FUNCTIONS_NAME = "functions";
/** Grants name functions and views: they come last. */
const LAST = "privileges";

/** The schema, where a DBA has not made it, and the record of what was run. They come before the first migration. */
export const RECORD = `DO $$
DECLARE
  owned_by name := (SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE n.nspname = 'reward_outbox');
BEGIN
  IF owned_by IS NULL THEN
    CREATE SCHEMA reward_outbox;
  ELSIF NOT pg_has_role(owned_by, 'USAGE') THEN
    RAISE EXCEPTION 'the schema reward_outbox belongs to %, not to %', owned_by, current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('Ask a DBA to run: ALTER SCHEMA reward_outbox OWNER TO %I; then migrate again.', current_user);
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN
    IF owned_by IS NOT NULL THEN
      RAISE;
    END IF;
    RAISE EXCEPTION '% may not create a schema in this database', current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('Ask a DBA to run: CREATE SCHEMA reward_outbox AUTHORIZATION %I; then migrate again.', current_user);
END
$$;
CREATE TABLE IF NOT EXISTS reward_outbox.migrations (
  name       text        PRIMARY KEY,
  checksum   text        NOT NULL,
  version    text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE reward_outbox.migrations IS 'The files that this schema was made from.';
COMMENT ON COLUMN reward_outbox.migrations.name IS 'Of the file; functions: all functions, views and privileges.';
COMMENT ON COLUMN reward_outbox.migrations.checksum IS 'SHA-256 of its text.';
COMMENT ON COLUMN reward_outbox.migrations.version IS 'Of reward-outbox, when it was run.';
COMMENT ON COLUMN reward_outbox.migrations.applied_at IS 'When it was run.';
`;

/** One plain SQL text that the schema is made of. */
export interface SqlFile {
	/** File name without `.sql`, e.g. `0002_outbox`; `functions` for all of `migrations/functions/`. */
	readonly name: string;
	readonly sql: string;
	/** SHA-256 of the text, in hex. */
	readonly checksum: string;
}

/** Tables, types, indexes and roles, in order: each file is run once. A DBA can read and run them without Node. */
export async function readMigrations(): Promise<SqlFile[]> {
	return (await readFolder(MIGRATIONS)).map(({ name, text }) => sqlFile(name, text));
}

/**
 * Functions, views, their triggers and privileges: run as a whole whenever their text has changed. Every statement
 * replaces what is there, so privileges that a DBA granted stay. A change of arguments or of a result takes a numbered
 * migration that drops the old one.
 */
export async function readFunctions(): Promise<SqlFile> {
	const files = new Map((await readFolder(FUNCTIONS)).map(({ name, text }) => [name, text]));
	const names = [...files.keys()];
	const views = names.filter((name) => /^CREATE OR REPLACE VIEW /m.test(files.get(name) as string));
	const others = names.filter((name) => !views.includes(name) && name !== LAST);
	const order = [...others, ...inOrderOfUse(views, files), LAST];
	const texts = order.map((name) => {
		const text = files.get(name) as string;
		return views.includes(name) ? unlessItIsThere(name, text) : text;
	});
	// Bodies name functions and views of files that come later.
	return sqlFile(FUNCTIONS_NAME, ["SET LOCAL check_function_bodies = off;\n", ...texts].join("\n"));
}

/**
 * A view is left alone where its definition is the same: replacing it has everybody wait who reads it or inserts
 * through it, until the migration ends, and the application comes first.
 */
function unlessItIsThere(view: string, text: string): string {
	const begin = text.indexOf("CREATE OR REPLACE VIEW ");
	const definition = text.slice(begin, text.indexOf(";\n", begin) + 1);
	const scratch = definition.replace(`reward_outbox.${view} `, "reward_outbox.scratch_view ");
	return `DO $view$
BEGIN
${scratch}
IF NOT EXISTS (
  SELECT FROM pg_catalog.pg_class v, pg_catalog.pg_class s
  WHERE v.oid = to_regclass('reward_outbox.${view}')
    AND s.oid = to_regclass('reward_outbox.scratch_view')
    AND pg_catalog.pg_get_viewdef(v.oid) = pg_catalog.pg_get_viewdef(s.oid)
    AND v.reloptions IS NOT DISTINCT FROM s.reloptions
) THEN
${text}
END IF;
DROP VIEW reward_outbox.scratch_view;
END
$view$;
`;
}

/** The last part of the functions: who may do what. */
export async function readPrivileges(): Promise<string> {
	return await readFile(new URL(`${LAST}.sql`, FUNCTIONS), "utf8");
}

/** A view after the views it reads. */
function inOrderOfUse(views: readonly string[], texts: ReadonlyMap<string, string>): string[] {
	const ordered = new Set<string>();
	const add = (view: string): void => {
		const text = texts.get(view) as string;
		for (const other of views) {
			if (other !== view && !ordered.has(other) && new RegExp(`\\breward_outbox\\.${other}\\b`).test(text)) add(other);
		}
		ordered.add(view);
	};
	for (const view of views) add(view);
	return [...ordered];
}

async function readFolder(folder: URL): Promise<{ name: string; text: string }[]> {
	const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
	return Promise.all(
		files.map(async (file) => ({ name: file.slice(0, -4), text: await readFile(new URL(file, folder), "utf8") })),
	);
}

/** A checkout on Windows may have other line ends; that is not another text. */
function sqlFile(name: string, text: string): SqlFile {
	const sql = text.replaceAll("\r\n", "\n");
	return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}
