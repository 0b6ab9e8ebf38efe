import type { Address } from "../../connection/address.ts";
import { openDatabase } from "../../store/database.ts";
import { servingRelay } from "../../store/relays.ts";

const ANSWERS_WITHIN_MS = 5_000;

/** Asks, over a connection that ends with the answer, which relay serves a database. */
export async function visit(url: Address, relayName: string): Promise<string> {
	const database = openDatabase({
		url,
		applicationName: "reward-outbox visit",
		maxConnections: 1,
		statementTimeoutMs: ANSWERS_WITHIN_MS,
	});
	try {
		return await servingRelay(database, relayName);
	} finally {
		await database.end();
	}
}
