import type { Command } from "commander";
import type { Address } from "../../connection/address.ts";
import type { CommandContext } from "../context.ts";

interface WebhookFlags {
	readonly json?: true;
}

const EXAMPLES = `
A relay receives them too, as soon as it has REWARD_OUTBOX_WEBHOOK_ADDR; this is for those who keep the address that the
internet reaches apart. It needs DATABASE_URL (a role with reward_outbox_webhook is enough), REWARD_OUTBOX_WEBHOOK_ADDR
and the secret end of the path in REWARD_OUTBOX_WEBHOOK_TOKEN or a file that REWARD_OUTBOX_WEBHOOK_TOKEN_FILE names. With
REWARD_OUTBOX_HTTP_ADDR it serves health there, and metrics to whoever has REWARD_OUTBOX_ADMIN_TOKEN. SIGHUP makes it read
tokens again.

Examples:
  $ openssl rand -hex 16 > /run/secrets/webhook
  $ REWARD_OUTBOX_WEBHOOK_ADDR=:8080 REWARD_OUTBOX_WEBHOOK_TOKEN_FILE=/run/secrets/webhook reward-outbox webhook
  and in Reward's dashboard, for trigger_event.created: https://hooks.example.com/webhooks/reward/<token>`;

export function registerWebhook(program: Command, context: CommandContext): void {
	program
		.command("webhook")
		.summary("receive Reward's webhooks alone, until stopped")
		.description("Takes what Reward says it recorded, and keeps it as receipts. Sends nothing and changes no event.")
		.option("--json", "JSON lines on a terminal too")
		.addHelpText("after", EXAMPLES)
		.action((flags: WebhookFlags) => runWebhook(flags, context));
}

async function runWebhook(flags: WebhookFlags, context: CommandContext): Promise<void> {
	const [
		{ createBufferedLogger },
		{ namesManyDatabases, requireConfig },
		{ loadWebhookToken },
		{ loadTokens },
		{ createReceiverMetrics },
		{ packageVersion },
		{ aborted },
		http,
		{ serveWebhooks },
		{ serveMetrics },
	] = await Promise.all([
		import("../../log-buffer.ts"),
		import("../../config.ts"),
		import("../../config/secret-file.ts"),
		import("../../config/tokens-file.ts"),
		import("../../metrics/webhooks.ts"),
		import("../../version.ts"),
		import("../waiting.ts"),
		import("../http.ts"),
		import("../webhooks.ts"),
		import("../webhook-metrics.ts"),
	]);
	if (namesManyDatabases(context.env)) return runForMany(flags, context);
	const config = requireConfig(context.env, ["database", "webhook", "http"]);
	if (config.webhookAddress === undefined) await refuseWithoutAddress();
	const [token, tokens] = await Promise.all([loadWebhookToken(config), loadTokens(config)]);
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: config.logLevel, pretty, colour: context.colour };
	const { logger, buffer } = createBufferedLogger(context.takeLogOutput(), log);
	await http.remarkOnSecretFiles(config, context.env, logger);
	const stop = context.takeStopSignal();
	await checkDatabase(config.databaseUrl);
	const metrics = createReceiverMetrics(packageVersion(), () => ({
		...context.usage(),
		logLinesDropped: buffer.dropped,
	}));
	const received = await serveWebhooks(config, token, logger, metrics.observer);
	const isReady = async () => (await received?.isReady()) ?? false;
	// The address that it has by default is a relay's, perhaps of the same machine.
	const isAsked = context.env["REWARD_OUTBOX_HTTP_ADDR"] !== undefined;
	const served = isAsked ? await serveMetrics(config, { tokens, metrics, isReady, logger }) : null;
	const ignoreHangups = context.onHangup(() => {
		void received?.reloadToken();
		void served?.reloadTokens();
	});
	await aborted(stop);
	await received?.close();
	await served?.close();
	ignoreHangups();
}

/** Of all databases of the file, each by its own path. */
async function runForMany(flags: WebhookFlags, context: CommandContext): Promise<void> {
	const [{ createBufferedLogger }, { databasesOf, fleetConfig }, { aborted }, http, { serveWebhooksOfMany }] =
		await Promise.all([
			import("../../log-buffer.ts"),
			import("../many-databases.ts"),
			import("../waiting.ts"),
			import("../http.ts"),
			import("../webhooks-of-many.ts"),
		]);
	const config = await fleetConfig(context.env);
	if (config.webhookAddress === undefined) await refuseWithoutAddress();
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: config.logLevel, pretty, colour: context.colour };
	const { logger } = createBufferedLogger(context.takeLogOutput(), log);
	await http.remarkOnSecretFiles(config, context.env, logger);
	const stop = context.takeStopSignal();
	const load = () => databasesOf(context.env, config);
	const served = await serveWebhooksOfMany(config.webhookAddress, load, logger);
	const ignoreHangups = context.onHangup(() => void served?.reload());
	await aborted(stop);
	await served?.close();
	ignoreHangups();
}

async function refuseWithoutAddress(): Promise<never> {
	const { ConfigurationError } = await import("../../errors.ts");
	const message = "missing; expected where webhooks arrive, such as 127.0.0.1:8080 or :8080";
	throw new ConfigurationError([{ variable: "REWARD_OUTBOX_WEBHOOK_ADDR", message }]);
}

/** What is wrong for good is said at once; a database that is down is waited for. */
async function checkDatabase(url: Address): Promise<void> {
	const [{ openReceiptsDatabase }, { isTransient }, { checkSchema }] = await Promise.all([
		import("../../store/receipts/receive.ts"),
		import("../../store/database-error.ts"),
		import("../../store/schema.ts"),
	]);
	const database = openReceiptsDatabase(url);
	try {
		await checkSchema(database);
	} catch (error) {
		if (!isTransient(error)) throw error;
	} finally {
		await database.end();
	}
}
