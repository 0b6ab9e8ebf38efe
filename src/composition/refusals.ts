import { OutboxError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import { isTransient } from "../store/database-error.ts";
import { checkSchema } from "../store/schema.ts";

export function stoppedForGood(): OutboxError {
	return new OutboxError("relay_stopped", "this relay has been stopped, and a stopped relay stays stopped", {
		hint: "create another one with createRelay()",
	});
}

/** A database that does not answer will, some day; one that answers "no" needs a person. */
export async function refuseUnusable(db: Database): Promise<void> {
	await checkSchema(db).catch((error) => {
		if (error instanceof OutboxError || !isTransient(error)) throw error;
	});
}
