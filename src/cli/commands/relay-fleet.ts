import type { Token } from "../../access/token.ts";
import type { Fleet } from "../../composition/fleet/fleet.ts";
import type { ProcessUsage } from "../../composition/index.ts";
import type { LogConfig } from "../../config.ts";
import type { Logger } from "../../log.ts";
import type { CommandContext } from "../context.ts";
import { remarkOnSecretFiles, type ServedConsole, startServer } from "../http.ts";
import { type FleetConfig, fleetConfig } from "../many-databases.ts";
import { reloadableTokens } from "../tokens.ts";

/** What every daemon of the command line has. */
export interface Daemon {
	readonly logger: Logger;
	readonly usage: () => ProcessUsage;
	readonly stop: AbortSignal;
}

/** A relay for all databases of REWARD_OUTBOX_DATABASES_FILE, until stopped. */
export async function runFleet(context: CommandContext, prepareDaemon: (config: LogConfig) => Daemon): Promise<void> {
	const [{ aborted }, { prepareFleet }] = await Promise.all([import("../waiting.ts"), import("../many-databases.ts")]);
	const config = await fleetConfig(context.env);
	const { logger, usage, stop } = prepareDaemon(config);
	const { fleet, tokens } = await prepareFleet(context.env, config, logger, usage);
	await remarkOnSecretFiles(config, context.env, logger);
	const served = await serve(fleet, config, tokens, logger);
	const ignoreHangups = context.onHangup(() => {
		void fleet.reload();
		void served.reloadTokens();
	});
	try {
		fleet.start();
		await aborted(stop);
	} finally {
		// Health is served to the end: an orchestrator watches the shutdown too.
		await fleet.stop(config.shutdownGraceMs);
		await served.close();
		ignoreHangups();
	}
}

/**
 * Health for everybody, metrics behind a token. The console shows one database:
 * `reward-outbox console --database NAME`.
 */
async function serve(
	fleet: Fleet,
	config: FleetConfig,
	tokens: readonly Token[],
	logger: Logger,
): Promise<ServedConsole> {
	const { startHttpServer } = await import("../../http/server.ts");
	const guard = tokens.length === 0 ? null : reloadableTokens(config, tokens, logger);
	const { allowedHosts, trustedProxies } = config;
	const server = await startServer(() =>
		startHttpServer({
			...config.http,
			...(allowedHosts === undefined ? {} : { allowedHosts }),
			...(trustedProxies === undefined ? {} : { trustedProxies }),
			...(guard === null ? {} : { access: guard.access, metrics: () => fleet.metrics() }),
			health: async () => fleet.health(),
			logger,
		}),
	);
	return {
		url: server.url,
		close: () => server.close(),
		quiesce: async () => {},
		reloadTokens: async () => guard?.reload(),
	};
}
