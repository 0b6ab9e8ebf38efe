/** A rule, as far as the catalog tells. */
export interface TriedRule {
	readonly name: string;
	readonly table: string;
	/** Why it does not work; null: nothing shows. */
	readonly problem: string | null;
}

/** Every rule, by name, those whose table is gone among them. Evaluates and locks nothing. */
export const TRY_RULES = `
SELECT r.name, coalesce(format('%I.%I', n.nspname, c.relname), r.table_name) AS "table",
       reward_outbox.watch_problem(r.name) AS problem
FROM reward_outbox.watch_rules r
LEFT JOIN pg_catalog.pg_class c ON c.oid = r.watched
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY r.name`;
