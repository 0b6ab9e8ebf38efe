import type { Command } from "commander";
import type { Token } from "../../access/token.ts";
import type { ProcessUsage, RelayHandle, RelayOptions } from "../../composition/index.ts";
import { settingLines } from "../../config/describe.ts";
import type { LogConfig, RelayConfig } from "../../config.ts";
import { passwordsOf, textOf } from "../../connection/address.ts";
import type { Logger } from "../../log.ts";
import type { CommandContext } from "../context.ts";
import { remarkOnSecretFiles, type ServedConsole, serveConsole, startServer } from "../http.ts";
import { serveWebhooks } from "../webhooks.ts";
import type { Daemon } from "./relay-fleet.ts";

interface RelayFlags {
	readonly json?: true;
}

const TRACES_AT_MOST_MS = 2_000;

const EXAMPLES = `
It is configured by environment variables:
${settingLines()}

SIGTERM and SIGINT let it finish what is in flight and give back the rest; a second signal ends it at once. SIGHUP makes
it read the key, the tokens and REWARD_OUTBOX_DATABASES_FILE again. With REWARD_OUTBOX_ADMIN_TOKEN or
REWARD_OUTBOX_TOKENS_FILE or REWARD_OUTBOX_OIDC_ISSUER it serves the console too, with REWARD_OUTBOX_WEBHOOK_ADDR it takes Reward's webhooks. Several
relays may work on one database, and one relay on many: docs/many-databases.md.

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
	const [{ createBufferedLogger }, { namesManyDatabases }] = await Promise.all([
		import("../../log-buffer.ts"),
		import("../../config.ts"),
	]);
	const prepareDaemon = ({ logLevel }: LogConfig): Daemon => {
		const pretty = context.stdoutIsTerminal && !flags.json;
		const log = { level: logLevel, pretty, colour: context.colour };
		const { logger, buffer } = createBufferedLogger(context.takeLogOutput(), log);
		const usage = () => ({ ...context.usage(), logLinesDropped: buffer.dropped });
		return { logger, usage, stop: context.takeStopSignal() };
	};
	if (!namesManyDatabases(context.env)) await runForOne(context, prepareDaemon);
	else await (await import("./relay-fleet.ts")).runFleet(context, prepareDaemon);
	await sendLastTraces();
}

async function runForOne(context: CommandContext, prepareDaemon: (config: LogConfig) => Daemon): Promise<void> {
	const [{ RELAY_PARTS }, { loadConfig }, { aborted }] = await Promise.all([
		import("../../config.ts"),
		import("../../config/load.ts"),
		import("../waiting.ts"),
	]);
	const config = await loadConfig(context.env, RELAY_PARTS);
	const { logger, usage, stop } = prepareDaemon(config);
	const { relay, tokens, webhookToken } = await prepare(config, logger, usage);
	await remarkOnSecretFiles(config, context.env, logger);
	const { createWebhookMetrics } = await import("../../metrics/webhooks.ts");
	const received = webhookToken === null ? null : createWebhookMetrics();
	const metrics = async () => `${await relay.metrics()}${(await received?.text()) ?? ""}`;
	const served = await serve({ ...relay, metrics }, config, tokens, logger);
	const webhooks = await serveWebhooks(config, webhookToken, logger, received?.observer);
	const ignoreHangups = context.onHangup(() => {
		void relay.reloadKey();
		void served.reloadTokens();
		void webhooks?.reloadToken();
	});
	try {
		// Starting asks the database, which may take its time to answer: a stop signal does not wait for that.
		await Promise.race([relay.start(), aborted(stop)]);
		await aborted(stop);
	} finally {
		// Health is served to the end: an orchestrator watches the shutdown too.
		await Promise.all([relay.stop(config.shutdownGraceMs), served.quiesce(), webhooks?.close()]);
		await served.close();
		ignoreHangups();
	}
}

/** The process ends at once after the command, and an SDK sends its spans in batches. */
async function sendLastTraces(): Promise<void> {
	const { isTracingRegistered } = await import("../../composition/tracing.ts");
	if (!isTracingRegistered()) return;
	const { flushTraces } = await import("../../tracing/flush.ts");
	await flushTraces(TRACES_AT_MOST_MS);
}

/** Reads all secrets before anything starts, so that what is wrong with any is reported at once. */
async function prepare(
	config: RelayConfig,
	logger: Logger,
	processUsage: () => ProcessUsage,
): Promise<{ relay: RelayHandle; tokens: Token[]; webhookToken: string | null }> {
	const [{ createRelay }, { OPTIONS }, { loadRewardApiKey, loadWebhookToken }, { loadTokens }, { ConfigurationError }] =
		await Promise.all([
			import("../../composition/index.ts"),
			import("../../config/options.ts"),
			import("../../config/secret-file.ts"),
			import("../../config/tokens-file.ts"),
			import("../../errors.ts"),
		]);
	const [relay, tokens, webhookToken] = await Promise.allSettled([
		createRelay({
			...optionsOf(config, OPTIONS),
			...addressesOf(config),
			rewardApiKey: () => loadRewardApiKey(config),
			logger,
			processUsage,
		}),
		loadTokens(config),
		loadWebhookToken(config),
	]);
	if (relay.status === "fulfilled" && tokens.status === "fulfilled" && webhookToken.status === "fulfilled") {
		return { relay: relay.value, tokens: tokens.value, webhookToken: webhookToken.value };
	}
	const reasons = [relay, tokens, webhookToken].flatMap((result) =>
		result.status === "rejected" ? [result.reason] : [],
	);
	const problems = reasons.flatMap((reason) => (reason instanceof ConfigurationError ? reason.problems : []));
	throw problems.length === 0 ? reasons[0] : new ConfigurationError(problems);
}

/** What makes addresses of the configuration options again. */
type Addresses = "databaseUrl" | "databaseListenUrl" | "databasePassword";

function addressesOf({ databaseUrl, databaseListenUrl }: RelayConfig): Pick<RelayOptions, Addresses> {
	const passwords = passwordsOf(databaseUrl);
	return {
		databaseUrl: textOf(databaseUrl),
		databaseListenUrl: textOf(databaseListenUrl),
		...(passwords && { databasePassword: (login) => passwords.ask(login) }),
	};
}

/** The part of the configuration that is the relay's own, without addresses and the key. */
function optionsOf(config: RelayConfig, names: readonly string[]): Omit<RelayOptions, "rewardApiKey" | Addresses> {
	const others = ["rewardApiKey", "databaseUrl", "databaseListenUrl"];
	const own = Object.entries(config).filter(([name]) => names.includes(name) && !others.includes(name));
	return Object.fromEntries(own) as unknown as Omit<RelayOptions, "rewardApiKey" | Addresses>;
}

/** Without a token only health: then nothing of the console is even loaded. */
async function serve(
	relay: RelayHandle,
	config: RelayConfig,
	tokens: readonly Token[],
	logger: Logger,
): Promise<ServedConsole> {
	const { health, metrics } = relay;
	if (tokens.length > 0 || config.oidc !== undefined)
		return await serveConsole(config, { tokens, health, metrics, logger });
	const { startHttpServer } = await import("../../http/server.ts");
	const server = await startServer(() => startHttpServer({ ...config.http, health, logger }));
	return { url: server.url, close: () => server.close(), quiesce: async () => {}, reloadTokens: async () => {} };
}
