import { beforeEach } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDERS } from "./rules.ts";

/**
 * A shop whose orders have been there for some time, made anew for each test, and the command that makes events of
 * them.
 */
export function useBackfill() {
	const database = useTestDatabase();
	const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);
	const env = () => ({ DATABASE_URL: database.current.url, USER: "alice" });
	const backfill = (...args: string[]) => runCli(["watches", "backfill", ...args], env());
	beforeEach(async () => {
		await query("DROP TABLE IF EXISTS public.orders CASCADE");
		await query("DELETE FROM reward_outbox.watch_rules");
		await query(
			"TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors, reward_outbox.watch_backfills, reward_outbox.operations",
		);
		await query(`${ORDERS}; ALTER TABLE orders ADD created_at timestamptz DEFAULT now()`);
	});
	return { database, query, env, backfill };
}
