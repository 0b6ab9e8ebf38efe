import type { Database } from "../database.ts";
import { PLAIN_RULE, type Rule } from "./rule.ts";
import { explainRefusal } from "./rule-error.ts";

const SETTINGS = Object.keys(PLAIN_RULE) as (keyof typeof PLAIN_RULE)[];
const DEFINE = `SELECT reward_outbox.watch(name => $1, table_name => $2, ${SETTINGS.map((name, index) => `${name} => $${index + 3}`).join(", ")})`;

/** Makes the rule, or replaces the one of its name. @throws RuleError */
export async function defineWatch(db: Pick<Database, "query">, rule: Rule): Promise<void> {
	const values = [rule.name, rule.table, ...SETTINGS.map((name) => rule[name])];
	await db.query(DEFINE, values).catch(explainRefusal(rule));
}

/** What a rule does that its maker may not have meant: a key that can be null, or that another rule has. */
export async function readWarnings(db: Pick<Database, "query">, name: string): Promise<string[]> {
	const { rows } = await db.query<{ warning: string }>("SELECT w AS warning FROM reward_outbox.watch_warnings($1) w", [
		name,
	]);
	return rows.map((row) => row.warning);
}

/** False: there was none of that name. */
export async function removeWatch(db: Pick<Database, "query">, name: string): Promise<boolean> {
	const { rows } = await db.query<{ removed: boolean }>("SELECT reward_outbox.unwatch($1) AS removed", [name]);
	return rows[0]?.removed ?? false;
}
