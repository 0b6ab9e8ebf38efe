import type { Token } from "../../access/token.ts";
import type { Fleet } from "../../composition/fleet/fleet.ts";
import type { FleetHealth } from "../../composition/fleet/health.ts";
import type { ProcessUsage } from "../../composition/index.ts";
import type { DatabaseEntry } from "../../config/databases-file.ts";
import type { LogConfig } from "../../config.ts";
import type { Readiness } from "../../http/health.ts";
import type { Logger } from "../../log.ts";
import type { CommandContext } from "../context.ts";
import { remarkOnSecretFiles, startServer } from "../http.ts";
import type { FleetConfig } from "../many-databases.ts";

/** What every daemon of the command line has. */
export interface Daemon {
	readonly logger: Logger;
	readonly usage: () => ProcessUsage;
	readonly stop: AbortSignal;
}

/** A relay for all databases of REWARD_OUTBOX_DATABASES_FILE, until stopped. */
export async function runFleet(context: CommandContext, prepareDaemon: (config: LogConfig) => Daemon): Promise<void> {
	const [{ aborted }, { databasesOf, fleetConfig, prepareFleet }, { joinedTexts }, { serveWebhooksOfMany }] =
		await Promise.all([
			import("../waiting.ts"),
			import("../many-databases.ts"),
			import("../../composition/fleet/metrics.ts"),
			import("../webhooks-of-many.ts"),
		]);
	const config = await fleetConfig(context.env);
	const { logger, usage, stop } = prepareDaemon(config);
	const { fleet, tokens } = await prepareFleet(context.env, config, logger, usage);
	await remarkOnSecretFiles(config, context.env, logger);
	const load = () => databasesOf(context.env, config);
	const webhooks = await serveWebhooksOfMany(config.webhookAddress, load, logger);
	const metrics = async () => joinedTexts([await fleet.metrics(), ...((await webhooks?.metrics()) ?? [])]);
	const served = await serve({ fleet, metrics, load, tokens, logger }, config);
	const ignoreHangups = context.onHangup(() => {
		void fleet.reload();
		void served.reload();
		void webhooks?.reload();
	});
	try {
		fleet.start();
		await aborted(stop);
	} finally {
		// Health is served to the end: an orchestrator watches the shutdown too.
		await Promise.all([fleet.stop(config.shutdownGraceMs), served.quiesce(), webhooks?.close()]);
		await served.close();
		ignoreHangups();
	}
}

interface ServedParts {
	readonly fleet: Fleet;
	readonly metrics: () => Promise<string>;
	readonly load: () => Promise<readonly DatabaseEntry[]>;
	readonly tokens: readonly Token[];
	readonly logger: Logger;
}

interface Served {
	/** Tokens and databases. */
	reload(): Promise<void>;
	quiesce(): Promise<void>;
	close(): Promise<void>;
}

/** Health for everybody; behind a token the metrics, and a console for each database. */
async function serve({ fleet, metrics, load, tokens, logger }: ServedParts, config: FleetConfig): Promise<Served> {
	const [{ startHttpServer }, { serveConsoles }, { withoutNames }] = await Promise.all([
		import("../../http/server.ts"),
		import("../consoles.ts"),
		import("../../composition/fleet/health.ts"),
	]);
	const health = async () => fleet.health();
	const publicHealth = (report: Readiness) => withoutNames(report as FleetHealth);
	if (tokens.length === 0 && config.oidc === undefined) {
		const server = await startServer(() => startHttpServer({ ...config.http, health, publicHealth, logger }));
		return { reload: async () => {}, quiesce: async () => {}, close: () => server.close() };
	}
	const consoles = await serveConsoles(config, await load(), { tokens, health, publicHealth, metrics, logger });
	return {
		reload: async () => {
			await consoles.reloadTokens();
			// What is wrong with the file is told by the relay.
			await load().then(consoles.follow, () => {});
		},
		quiesce: () => consoles.quiesce(),
		close: () => consoles.close(),
	};
}
