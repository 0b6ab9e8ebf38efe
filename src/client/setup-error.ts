import { OutboxSetupError } from "./errors.ts";
import { hasSqlState } from "./sql-state.ts";

/** No such schema, no such function (an older outbox), no such table. */
const MISSING = ["3F000", "42883", "42P01"];
const INSUFFICIENT_PRIVILEGE = "42501";

/** A typed error with the remedy where the outbox is not there or not open to this user; null for everything else. */
export function setupError(error: unknown): OutboxSetupError | null {
	if (!isAboutOutbox(error)) return null;
	if (MISSING.some((state) => hasSqlState(error, state))) {
		return new OutboxSetupError("no_schema", "this database has no outbox, or one of another version", {
			hint: "run reward-outbox migrate with its DATABASE_URL",
			cause: error,
		});
	}
	if (!hasSqlState(error, INSUFFICIENT_PRIVILEGE)) return null;
	return new OutboxSetupError("no_privilege", "this database user may not write events", {
		hint: "as the owner of the schema: GRANT reward_outbox_writer TO the user of this connection",
		cause: error,
	});
}

/** Not what a trigger or rule of somebody's own misses. Names are in PostgreSQL's messages in every language. */
function isAboutOutbox(error: unknown): boolean {
	const text = String((error as { readonly message?: unknown } | null)?.message ?? "");
	return /reward_outbox|\bfunction emit\b|\bemit\(/.test(text) || /\boutbox\b/.test(text);
}
