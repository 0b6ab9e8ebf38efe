/** A rule, tried on its table as it is now. */
export interface TriedRule {
	readonly name: string;
	readonly table: string;
	/** Why it does not work; null: it does, or it was not tried. */
	readonly problem: string | null;
	/** The table is locked, or about to be: trying the rule would wait for that, so it was not tried. */
	readonly locked: boolean;
}

/**
 * Every rule, by name. As the view `watches` has it, without waiting for an ALTER TABLE or a VACUUM FULL: that is when
 * somebody wants to know how things are.
 */
export const TRY_RULES = `
SELECT t.name, t.table_name AS "table", t.locked, CASE WHEN NOT t.locked THEN reward_outbox.watch_problem(t.name) END AS problem
FROM (SELECT r.name, format('%I.%I', n.nspname, c.relname) AS table_name,
             EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = r.watched AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
                     AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())) AS locked
      FROM reward_outbox.watch_rules r JOIN pg_catalog.pg_class c ON c.oid = r.watched JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      ORDER BY r.name OFFSET 0) t`;
