import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STATUSES } from "../../../src/event/event.ts";
import { OUTCOME_CLASSES } from "../../../src/event/outcome.ts";
import { useTestDatabase } from "../../support/file-database.ts";

const database = useTestDatabase();
const SOURCE = readFileSync(join(import.meta.dirname, "../../../src/store/inspect/schema.ts"), "utf8");

/**
 * What the driver makes of a type of PostgreSQL. Unions of ours stand for enums, and for the texts that views make of
 * them.
 */
const READ_AS: Readonly<Record<string, readonly string[]>> = {
	uuid: ["string"],
	text: ["string", "Status", "OutcomeClass"],
	"reward_outbox.event_status": ["Status"],
	"reward_outbox.attempt_outcome": ["OutcomeClass"],
	"reward_outbox.delivery_mode": ["DeliveryMode"],
	integer: ["number"],
	smallint: ["number"],
	"double precision": ["number"],
	bigint: ["string"],
	boolean: ["boolean"],
	"timestamp with time zone": ["Date"],
	jsonb: ["unknown", "HoldingReport", "Record<string, string>"],
	"uuid[]": ["string[]"],
};

interface Column {
	readonly table: string;
	readonly name: string;
	readonly type: string;
}

/** The columns that schema.ts declares, table by table. */
function declared(): Column[] {
	const tables = /interface ReadableSchema \{\n(.*?)\n\}/s.exec(SOURCE)?.[1] ?? "";
	return [...tables.matchAll(/^\t(\w+): (?:(\w+)|\{ (.*) \});$/gm)].flatMap(([, table, named, inline]) => {
		const body = inline ?? new RegExp(`interface ${named} \\{\\n(.*?)\\n\\}`, "s").exec(SOURCE)?.[1] ?? "";
		const fields = [...body.matchAll(/(\w+): ([^;\n]+?)(?:;|$)/gm)];
		return fields.map(([, name, type]) => ({ table, name, type }) as Column);
	});
}

describe("the tables and views that queries are written against", () => {
	test("have each column that is declared, of its type, and null where it can be", async () => {
		const { rows } = await database.current.query(`
			SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS type, a.attnotnull, c.relkind
			FROM pg_attribute a
			JOIN pg_class c ON c.oid = a.attrelid
			WHERE c.relnamespace = 'reward_outbox'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped`);
		const columns = declared();
		expect(columns.length).toBeGreaterThan(70);
		for (const { table, name, type } of columns) {
			const column = rows.find((row) => row["relname"] === table && row["attname"] === name);
			expect([table, name, column?.["type"]]).toEqual([table, name, expect.any(String)]);
			const plain = type.replace(" | null", "");
			expect([table, name, READ_AS[column?.["type"] as string] ?? []]).toEqual([
				table,
				name,
				expect.arrayContaining([plain]),
			]);
			// PostgreSQL does not tell of a view's column whether it can be null.
			if (column?.["relkind"] !== "r" || plain === "unknown") continue;
			expect([table, name, type.endsWith(" | null")]).toEqual([table, name, !column["attnotnull"]]);
		}
	});

	test("have the statuses and outcomes that the code knows, in their order", async () => {
		const { rows } = await database.current.query(`
			SELECT enum_range(NULL::reward_outbox.event_status)::text[] AS statuses,
			       enum_range(NULL::reward_outbox.attempt_outcome)::text[] AS outcomes`);
		expect(rows).toEqual([{ statuses: [...STATUSES], outcomes: [...OUTCOME_CLASSES] }]);
	});
});
