import { beginOn, type Database } from "../database.ts";
import { defineWatch, removeWatch } from "./define.ts";
import { listWatches } from "./list.ts";
import { type Plan, planRules } from "./plan.ts";
import type { Rule } from "./rule.ts";

export interface ApplyRequest {
	/** Tables may be written without a schema. */
	readonly rules: readonly Rule[];
	/** Also remove rules that are not among them. */
	readonly prune: boolean;
	/** Try everything and keep nothing. */
	readonly dryRun: boolean;
}

/**
 * Makes the rules of the database those that are wanted, all of them or, if one is refused, none. A dry run does the
 * same and takes it back, so that it finds what the real one would find.
 *
 * @throws RuleError
 */
export async function applyRules(db: Database, request: ApplyRequest): Promise<Plan> {
	const client = await db.connect();
	try {
		await client.query(beginOn(db));
		const wanted = await Promise.all(request.rules.map((rule) => withFullTableName(client, rule)));
		const plan = planRules(await listWatches(client), wanted, request.prune);
		for (const step of plan.steps) {
			if (step.action === "remove") await removeWatch(client, step.rule.name);
			else await defineWatch(client, step.rule);
		}
		await client.query(request.dryRun ? "ROLLBACK" : "COMMIT");
		return plan;
	} catch (error) {
		await client.query("ROLLBACK").catch(() => {});
		throw error;
	} finally {
		client.release();
	}
}

const FULL_NAME = `
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1)`;

/**
 * As `watches` shows it, so that the same table is not taken for another one. A table that is not there is watch()'s to
 * refuse.
 */
async function withFullTableName(db: Pick<Database, "query">, rule: Rule): Promise<Rule> {
	const { rows } = await db.query<{ name: string }>(FULL_NAME, [rule.table]);
	return { ...rule, table: rows[0]?.name ?? rule.table };
}
