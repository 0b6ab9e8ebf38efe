import { randomBytes } from "node:crypto";
import { EVENT_FIELD_NAMES, EVENT_FIELDS, type FieldValues } from "../../client/event-fields.ts";
import { OutboxError } from "../../errors.ts";
import { exactJson } from "../../exact-json.ts";
import { beginOn, type Database } from "../database.ts";
import type { Rule } from "./rule.ts";
import { explainRefusal, TABLE_HINT } from "./rule-error.ts";

/** What a rule would make of one existing row. */
export interface PreviewedRow extends FieldValues {
	/** Its primary key; null: the table has none. */
	readonly key: unknown;
	/** The condition holds. */
	readonly applies: boolean;
	/** Why it could not be captured; null: it could. */
	readonly problem: string | null;
}

const FIELDS = EVENT_FIELD_NAMES.map((name) => {
	const isJson = EVENT_FIELDS[name].type === "jsonb";
	return `(p.event).${name}${isJson ? "::text" : ""} AS ${name}`;
});

const ROWS = `
SELECT p.key::text, p.applies, ${FIELDS.join(", ")}, p.problem
FROM reward_outbox.watch_rules r, reward_outbox.preview_rule(r, $2) p
WHERE r.name = $1`;

/** A rule as it would be kept, but without triggers. It is gone with the transaction. */
const TRIAL = `
INSERT INTO reward_outbox.watch_rules
SELECT (jsonb_populate_record(NULL::reward_outbox.watch_rules, $1::jsonb)).*`;

type Row = Omit<PreviewedRow, "key" | "payload" | "metadata"> & Record<"key" | "payload" | "metadata", string | null>;

/**
 * Runs a rule over the last rows of its table, as if each had just been written, with the rights of the table's owner.
 * Nothing stays of it: the transaction is rolled back, and the connection, to whose session an expression may have done
 * anything, is closed.
 *
 * @param rule The name of one that exists, or one that is only being thought of.
 * @param limit Rows looked at.
 * @throws RuleError
 */
export async function previewWatch(db: Database, rule: string | Rule, limit: number): Promise<PreviewedRow[]> {
	const client = await db.connect();
	try {
		await client.query(beginOn(db));
		const name = typeof rule === "string" ? rule : await makeTrial(client, rule);
		const asking = client.query<Row>(ROWS, [name, limit]);
		const { rows } = await (typeof rule === "string" ? asking : asking.catch(explainRefusal(rule)));
		return rows.map((row) => ({
			...row,
			key: json(row.key),
			payload: json(row.payload),
			metadata: json(row.metadata),
		}));
	} finally {
		client.release(true);
	}
}

async function makeTrial(client: Pick<Database, "query">, rule: Rule): Promise<string> {
	const name = await freeName(client, rule.name);
	await client.query(TRIAL, [await registryRow(client, rule, name)]).catch(explainRefusal(rule));
	return name;
}

/** The rule's own, unless there is one of that name. */
async function freeName(db: Pick<Database, "query">, name: string): Promise<string> {
	const taken = await db.query("SELECT FROM reward_outbox.watch_rules WHERE name = $1", [name]);
	return taken.rowCount === 0 ? name : `preview-${randomBytes(4).toString("hex")}`;
}

/** A rule as JSON of a row of watch_rules, where the table is an oid and nothing is null that has a default. */
async function registryRow(db: Pick<Database, "query">, { table, ...rule }: Rule, name: string): Promise<string> {
	const { rows } = await db.query<{ oid: string | null }>("SELECT to_regclass($1)::oid::text AS oid", [table]);
	if (!rows[0]?.oid) throw new OutboxError("no_table", `there is no table ${table}`, { hint: TABLE_HINT });
	return JSON.stringify({ ...rule, name, watched: rows[0].oid, ...FILLED });
}

/** What the table's triggers fill in. */
const FILLED = {
	table_name: "",
	key_columns: "{}",
	shape: "",
	trial: true,
	created_at: "now",
	created_by: "",
	changed_at: "now",
	changed_by: "",
};

function json(text: string | null): unknown {
	return text === null ? null : exactJson(text);
}
