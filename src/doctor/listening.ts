import type { Address } from "../connection/address.ts";
import type { Database } from "../store/database.ts";
import { hearNotification } from "../store/diagnose.ts";
import { type Check, ok, reasonOf, warn } from "./check.ts";

const PROBE_TIMEOUT_MS = 3_000;

/** Whether a relay would hear writers notify. If not it polls, so this is never a failure. */
export async function checkListening(
	db: Database,
	config: { readonly databaseUrl: Address; readonly databaseListenUrl: Address },
	pollIntervalMs: number,
): Promise<Check[]> {
	const isSeparate = config.databaseListenUrl !== config.databaseUrl;
	const variable = isSeparate ? "DATABASE_LISTEN_URL" : "DATABASE_URL";
	const consequence = `relays would poll every ${pollIntervalMs} ms instead`;
	try {
		const heardMs = await hearNotification(db, config.databaseListenUrl, PROBE_TIMEOUT_MS);
		if (heardMs !== null)
			return [ok("listen", `a notification was heard after ${Math.round(heardMs)} ms, through ${variable}`)];
	} catch (error) {
		return [
			warn(
				"listen",
				`${variable} cannot be used for LISTEN: ${reasonOf(error)}; ${consequence}`,
				`correct ${variable}`,
			),
		];
	}
	const fix = isSeparate
		? "let DATABASE_LISTEN_URL name the same database as DATABASE_URL, directly and not through a pooler"
		: "set DATABASE_LISTEN_URL to a direct connection: DATABASE_URL seems to go through a pooler in transaction mode";
	return [warn("listen", `LISTEN is accepted through ${variable}, but nothing is heard; ${consequence}`, fix)];
}
