import type { Token } from "../access/token.ts";
import type { ConsoleDatabase } from "../api/consoles.ts";
import type { ConsolesServerOptions } from "../api/serve-many.ts";
import type { DatabaseEntry } from "../config/databases-file.ts";
import type { Logger } from "../log.ts";
import { createProvider, hostsOf, type ServedConsole, startServer } from "./http.ts";
import type { FleetConfig } from "./many-databases.ts";

/** The consoles of many databases, served by a command. */
export interface ServedConsoles extends ServedConsole {
	/** From now on these are the databases. */
	follow(entries: readonly DatabaseEntry[]): Promise<void>;
}

/** @throws OutboxError when it cannot listen */
export async function serveConsoles(
	config: FleetConfig,
	entries: readonly DatabaseEntry[],
	options: Pick<ConsolesServerOptions, "health" | "publicHealth" | "metrics"> & {
		readonly tokens: readonly Token[];
		readonly logger: Logger;
	},
): Promise<ServedConsoles> {
	const { startConsolesServer } = await import("../api/serve-many.ts");
	const { trustedProxies, http } = config;
	const provider = await createProvider(config);
	const server = await startServer(() =>
		startConsolesServer({
			...http,
			...options,
			provider,
			allowedHosts: hostsOf(config),
			...(trustedProxies === undefined ? {} : { trustedProxies }),
			databases: entries.map(asConsoleDatabase),
		}),
	);
	return {
		url: server.url,
		close: () => server.close(),
		quiesce: () => server.quiesce(),
		follow: (followed) => server.follow(followed.map(asConsoleDatabase)),
		reloadTokens: async () => {
			const { reloadTokens } = await import("./tokens.ts");
			await reloadTokens(config, options.logger, (tokens) => server.replaceTokens(tokens));
		},
	};
}

function asConsoleDatabase({ name, databaseUrl, delivery, isPaused }: DatabaseEntry): ConsoleDatabase {
	return { name, databaseUrl, maxAttempts: delivery.maxAttempts, isPaused };
}
