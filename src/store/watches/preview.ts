import { OutboxError } from "../../errors.ts";
import { exactJson } from "../../exact-json.ts";
import { beginOn, type Database } from "../database.ts";
import type { Rule } from "./rule.ts";
import { explainRefusal } from "./rule-error.ts";

/** What a rule would make of one existing row. */
export interface PreviewedRow {
	/** Its primary key; null: the table has none. */
	readonly key: unknown;
	/** The condition holds. */
	readonly applies: boolean;
	readonly trigger_id: string | null;
	readonly user_id: string | null;
	readonly payload: unknown;
	readonly idempotency_key: string | null;
	readonly ordering_key: string | null;
	readonly deliver_after: Date | null;
	readonly metadata: unknown;
	/** Why it could not be captured; null: it could. */
	readonly problem: string | null;
}

const ROWS = `SELECT p.key::text, p.applies, p.trigger_id, p.user_id, p.payload::text, p.idempotency_key, p.ordering_key, p.deliver_after, p.metadata::text, p.problem`;
const KEPT = `${ROWS} FROM reward_outbox.watch_rules r, reward_outbox.preview_rule(r, $2) p WHERE r.name = $1`;
const GIVEN = `
${ROWS}
FROM (SELECT reward_outbox.checked_watch_rule(jsonb_populate_record(NULL::reward_outbox.watch_rules, $1::jsonb || jsonb_build_object('key_columns', '{}'::text[]))) AS rule OFFSET 0) r,
     reward_outbox.preview_rule(r.rule, $2) p`;

type Row = Omit<PreviewedRow, "key" | "payload" | "metadata"> & Record<"key" | "payload" | "metadata", string | null>;

/**
 * Runs a rule over the last rows of its table, as if each had just been written. In a read-only transaction: nothing is emitted,
 * whatever the expressions call.
 *
 * @param rule The name of one that exists, or one that is only being thought of.
 * @param limit Rows looked at.
 * @throws RuleError
 */
export async function previewWatch(db: Database, rule: string | Rule, limit: number): Promise<PreviewedRow[]> {
	const client = await db.connect();
	try {
		await client.query(`${beginOn(db)}; SET TRANSACTION READ ONLY`);
		const { rows } =
			typeof rule === "string"
				? await client.query<Row>(KEPT, [rule, limit])
				: await client.query<Row>(GIVEN, [await registryRow(client, rule), limit]).catch(explainRefusal(rule));
		return rows.map((row) => ({
			...row,
			key: json(row.key),
			payload: json(row.payload),
			metadata: json(row.metadata),
		}));
	} finally {
		await client.query("ROLLBACK").catch(() => {});
		client.release();
	}
}

/** A rule as JSON of a row of watch_rules, where the table is an oid. */
async function registryRow(db: Pick<Database, "query">, { table, ...rule }: Rule): Promise<string> {
	const { rows } = await db.query<{ oid: string | null }>("SELECT to_regclass($1)::oid::text AS oid", [table]);
	if (!rows[0]?.oid)
		throw new OutboxError("no_table", `there is no table ${table}`, {
			hint: "write it with its schema, such as public.orders",
		});
	return JSON.stringify({ ...rule, watched: rows[0].oid });
}

function json(text: string | null): unknown {
	return text === null ? null : exactJson(text);
}
