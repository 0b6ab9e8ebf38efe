import { expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();

const HEAD = `# Who may do what

Read from a migrated database: what PostgreSQL grants to each role, and nothing else counts. PUBLIC is everybody who can
connect. The roles are NOLOGIN; a DBA grants them to login roles. A role that is not named may do nothing, and nobody
but the schema's owner may change the schema. Made by \`npx vitest run test/store/privilege-table.test.ts -u\`; the test
fails when it is not true any more.

`;

const ROLES = `
SELECT rolname::text AS role
FROM pg_catalog.pg_roles
WHERE rolname LIKE 'reward\\_outbox\\_%' AND NOT rolcanlogin
ORDER BY rolname`;

/** Column privileges count: a writer may insert into some columns only. */
const TABLES = `
SELECT c.relname AS name, r.role,
       concat_ws(', ',
         CASE WHEN has_table_privilege(r.role, c.oid, 'SELECT') THEN 'read'
              WHEN has_any_column_privilege(r.role, c.oid, 'SELECT') THEN 'read ' || columns.readable END,
         CASE WHEN has_table_privilege(r.role, c.oid, 'INSERT') THEN 'insert'
              WHEN has_any_column_privilege(r.role, c.oid, 'INSERT') THEN 'insert ' || columns.insertable END,
         CASE WHEN has_any_column_privilege(r.role, c.oid, 'UPDATE') THEN 'update' END,
         CASE WHEN has_table_privilege(r.role, c.oid, 'DELETE') THEN 'delete' END,
         CASE WHEN has_table_privilege(r.role, c.oid, 'TRUNCATE') THEN 'truncate' END,
         CASE WHEN has_any_column_privilege(r.role, c.oid, 'REFERENCES') THEN 'references' END,
         CASE WHEN has_table_privilege(r.role, c.oid, 'TRIGGER') THEN 'trigger' END) AS may
FROM pg_catalog.pg_class c
CROSS JOIN unnest($1::text[]) AS r(role)
CROSS JOIN LATERAL (
  SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FILTER (WHERE has_column_privilege(r.role, c.oid, a.attnum, 'SELECT')) AS readable,
         string_agg(a.attname, ' ' ORDER BY a.attnum) FILTER (WHERE has_column_privilege(r.role, c.oid, a.attnum, 'INSERT')) AS insertable
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) columns
WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
ORDER BY c.relname, r.role`;

const FUNCTIONS = `
SELECT p.proname AS name, string_agg(DISTINCT r.role, ', ' ORDER BY r.role) AS callers, bool_or(p.prosecdef) AS definer,
       min(pg_catalog.obj_description(p.oid)) AS comment
FROM pg_catalog.pg_proc p
CROSS JOIN unnest($1::text[]) AS r(role)
WHERE p.pronamespace = 'reward_outbox'::regnamespace AND has_function_privilege(r.role, p.oid, 'EXECUTE')
GROUP BY p.proname
ORDER BY p.proname`;

const SHORT = (role: string) => (role === "public" ? "PUBLIC" : role.replace("reward_outbox_", ""));

test("docs/privileges.md is what PostgreSQL grants", async () => {
	const db = database.current;
	const roles = ["public", ...(await db.query<{ role: string }>(ROLES)).rows.map(({ role }) => role)];
	const tables = await db.query<{ name: string; role: string; may: string }>(TABLES, [roles]);
	const functions = await db.query<{ name: string; callers: string; comment: string }>(FUNCTIONS, [roles]);

	const alike = Map.groupBy(
		tables.rows.filter(({ may }) => may !== ""),
		({ name, may }) => `${name} | ${may}`,
	);
	const inTables = [...alike.values()].map((rows) => {
		const [{ name, may }] = rows as [(typeof rows)[0]];
		return `| ${name} | ${rows.map(({ role }) => SHORT(role)).join(", ")} | ${may} |`;
	});
	const ofFunctions = functions.rows.map(
		({ name, callers, comment }) =>
			`| ${name} | ${callers.split(", ").map(SHORT).join(", ")} | ${comment.split(". ")[0]} |`,
	);
	const text = [
		HEAD,
		"## Tables and views\n\n| table or view | roles | may |\n|---|---|---|\n",
		`${inTables.join("\n")}\n\n`,
		"## Functions\n\n| function | who may call it | what it does |\n|---|---|---|\n",
		`${ofFunctions.join("\n")}\n`,
	].join("");
	await expect(text).toMatchFileSnapshot("../../docs/privileges.md");
});

test("PUBLIC may use nothing of the schema, and every function has its search_path pinned", async () => {
	const { rows } = await database.current.query(`
		SELECT has_schema_privilege('public', 'reward_outbox', 'USAGE') AS usage, has_schema_privilege('public', 'reward_outbox', 'CREATE') AS create,
		       (SELECT array_agg(p.proname::text ORDER BY 1) FROM pg_catalog.pg_proc p
		        WHERE p.pronamespace = 'reward_outbox'::regnamespace AND p.prosecdef
		          AND NOT coalesce(p.proconfig::text LIKE '%search_path=pg_catalog, pg_temp%', false)) AS unpinned`);
	expect(rows).toEqual([{ usage: false, create: false, unpinned: null }]);
});
