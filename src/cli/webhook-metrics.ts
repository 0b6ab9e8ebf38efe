import type { Token } from "../access/token.ts";
import type { DatabaseConfig, HttpConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import type { ReceiverMetrics } from "../metrics/webhooks.ts";
import { startServer } from "./http.ts";
import { reloadableTokens } from "./tokens.ts";

/** What a receiver of webhooks tells of itself. */
export interface ServedMetrics {
	/** Reads the tokens again; when that fails, the old ones stay. */
	reloadTokens(): Promise<void>;
	close(): Promise<void>;
}

/**
 * Serves health for everybody, and metrics where there is a token. The receiver's own address is open to the internet,
 * so it is another one.
 *
 * @param isReady whether webhooks can be put on disk
 * @throws OutboxError when it cannot listen
 */
export async function serveMetrics(
	config: DatabaseConfig & HttpConfig,
	{
		tokens,
		metrics,
		isReady,
		logger,
	}: {
		readonly tokens: readonly Token[];
		readonly metrics: ReceiverMetrics;
		readonly isReady: () => Promise<boolean>;
		readonly logger: Logger;
	},
): Promise<ServedMetrics> {
	const { startHttpServer } = await import("../http/server.ts");
	const guard = tokens.length === 0 ? null : reloadableTokens(config, tokens, logger);
	const { allowedHosts, trustedProxies } = config;
	const server = await startServer(() =>
		startHttpServer({
			...config.http,
			...(allowedHosts === undefined ? {} : { allowedHosts }),
			...(trustedProxies === undefined ? {} : { trustedProxies }),
			...(guard === null ? {} : { access: guard.access, metrics: metrics.text }),
			health: async () => ({ ready: await isReady() }),
			logger,
		}),
	);
	metrics.start();
	return {
		reloadTokens: async () => guard?.reload(),
		close: async () => {
			metrics.stop();
			await server.close();
		},
	};
}
