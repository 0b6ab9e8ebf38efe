import { eachAtOnce } from "../../at-once.ts";
import type { EventRow } from "../../event/columns.ts";
import { openConsoleDatabase } from "../../store/console-database.ts";
import { listEvents } from "../../store/inspect/list-events.ts";
import type { ConsoleDatabase } from "../consoles.ts";
import { DatabaseList, DatabaseSearch, DatabaseSearchQuery } from "../schema/databases.ts";
import { named } from "../schema/parts.ts";
import type { ApiServer } from "../server.ts";
import { wire } from "../wire.ts";

/** Databases that are searched at the same time. */
const AT_ONCE = 16;
/** Events that are shown of each. */
const OF_EACH = 5;

/** What concerns all databases at once. */
export function databaseRoutes(api: ApiServer, databases: () => readonly ConsoleDatabase[]): void {
	api.get(
		"/databases",
		{ schema: { summary: "The databases, by name", response: { 200: named(DatabaseList) } } },
		async () => ({ databases: databases().map(({ name, isPaused }) => ({ name, paused: isPaused })) }),
	);

	api.get(
		"/databases/search",
		{
			schema: {
				summary: "Search events in all databases",
				querystring: DatabaseSearchQuery,
				response: { 200: named(DatabaseSearch) },
			},
		},
		async (request) => wire(await searchAll(databases(), request.query.q)),
	);
}

type Found = { readonly database: string; readonly events: readonly EventRow[]; readonly more: boolean };
type Failed = { readonly database: string; readonly code: string | null };

async function searchAll(databases: readonly ConsoleDatabase[], typed: string) {
	const answers = await eachAtOnce(databases, AT_ONCE, (database) => searchOne(database, typed));
	return {
		found: answers.filter((answer): answer is Found => "events" in answer && answer.events.length > 0),
		failed: answers.filter((answer): answer is Failed => "code" in answer),
		searched: databases.length,
	};
}

/** Over a connection that ends with the answer: few are searched twice. */
async function searchOne({ name, databaseUrl }: ConsoleDatabase, typed: string): Promise<Found | Failed> {
	const database = openConsoleDatabase({ url: databaseUrl, onRights: () => {}, maxConnections: 1 });
	try {
		const { events, nextCursor } = await listEvents(database, { filter: {}, typed, limit: OF_EACH });
		return { database: name, events, more: nextCursor !== null };
	} catch (error) {
		const { code } = error as { code?: unknown };
		return { database: name, code: typeof code === "string" ? code : null };
	} finally {
		await database.end();
	}
}
