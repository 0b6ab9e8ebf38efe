import type { Command } from "commander";
import type { RelayConfig } from "../../config.ts";
import type { HttpServer, HttpServerOptions } from "../../http/server.ts";
import type { Logger } from "../../log.ts";
import type { RelayHandle } from "../../relay/index.ts";
import type { CommandContext } from "../context.ts";

interface RelayFlags {
	readonly json?: true;
}

const EXAMPLES = `
It is configured by environment variables; DATABASE_URL and REWARD_API_KEY (or REWARD_API_KEY_FILE) are required.
SIGTERM and SIGINT let it finish what is in flight and give back the rest; a second signal ends it at once. SIGHUP makes
it read the key again. Several relays may work on one database.

Examples:
  $ DATABASE_URL=postgres://localhost/shop REWARD_API_KEY_FILE=/run/secrets/reward reward-outbox relay
  $ curl http://127.0.0.1:8787/readyz          is it able to work?`;

export function registerRelay(program: Command, context: CommandContext): void {
	program
		.command("relay")
		.summary("deliver what applications write, until stopped")
		.description("Runs the daemon: sends every committed event to Reward and records what became of it.")
		.option("--json", "JSON lines on a terminal too")
		.addHelpText("after", EXAMPLES)
		.action((flags: RelayFlags) => runRelay(flags, context));
}

async function runRelay(flags: RelayFlags, context: CommandContext): Promise<void> {
	const [{ createLogger }, { RELAY_PARTS, requireConfig }, { aborted }] = await Promise.all([
		import("../../log.ts"),
		import("../../config.ts"),
		import("../waiting.ts"),
	]);
	const config = requireConfig(context.env, RELAY_PARTS);
	const pretty = context.stdoutIsTerminal && !flags.json;
	const logger = createLogger({ level: config.logLevel, stream: context.stdout, pretty, colour: context.colour });
	const stop = context.takeStopSignal();
	const { relay, adminToken } = await prepare(config, logger, context.usage);
	const server = await serve(relay, { ...config.http, ...(adminToken === null ? {} : { adminToken }), logger });
	const ignoreHangups = context.onHangup(() => void relay.reloadKey());
	try {
		// Starting asks the database, which may take its time to answer: a stop signal does not wait for that.
		await Promise.race([relay.start(), aborted(stop)]);
		await aborted(stop);
	} finally {
		// Health is served to the end: an orchestrator watches the shutdown too.
		await relay.stop(config.shutdownGraceMs);
		await server.close();
		ignoreHangups();
	}
}

/** Reads both secrets before anything starts, so that what is wrong with either is reported at once. */
async function prepare(
	config: RelayConfig,
	logger: Logger,
	processUsage: CommandContext["usage"],
): Promise<{ relay: RelayHandle; adminToken: string | null }> {
	const [{ createRelay }, { loadAdminToken, loadRewardApiKey }, { ConfigurationError }] = await Promise.all([
		import("../../relay/index.ts"),
		import("../../config/secret-file.ts"),
		import("../../errors.ts"),
	]);
	const { rewardApiKey: _, ...options } = config;
	const [relay, adminToken] = await Promise.allSettled([
		createRelay({ ...options, rewardApiKey: () => loadRewardApiKey(config), logger, processUsage }),
		loadAdminToken(config),
	]);
	if (relay.status === "fulfilled" && adminToken.status === "fulfilled") {
		return { relay: relay.value, adminToken: adminToken.value };
	}
	const reasons = [relay, adminToken].flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
	const problems = reasons.flatMap((reason) => (reason instanceof ConfigurationError ? reason.problems : []));
	throw problems.length === 0 ? reasons[0] : new ConfigurationError(problems);
}

async function serve(
	relay: RelayHandle,
	options: Pick<HttpServerOptions, "host" | "port" | "adminToken" | "logger">,
): Promise<HttpServer> {
	const [{ startHttpServer }, { OutboxError }] = await Promise.all([
		import("../../http/server.ts"),
		import("../../errors.ts"),
	]);
	try {
		return await startHttpServer({ ...options, health: relay.health, metrics: relay.metrics });
	} catch (cause) {
		if (!(cause instanceof Error && "syscall" in cause)) throw cause;
		throw new OutboxError("http_listen", `the relay's HTTP server cannot start: ${cause.message}`, {
			hint: "set REWARD_OUTBOX_HTTP_ADDR to another address or port; port 0 takes a free one",
			cause,
		});
	}
}
