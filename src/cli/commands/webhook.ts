import type { Command } from "commander";
import type { CommandContext } from "../context.ts";

interface WebhookFlags {
	readonly json?: true;
}

const EXAMPLES = `
A relay receives them too, as soon as it has REWARD_OUTBOX_WEBHOOK_ADDR; this is for those who keep the address that the
internet reaches apart. It needs DATABASE_URL (a role with reward_outbox_webhook is enough), REWARD_OUTBOX_WEBHOOK_ADDR
and the secret end of the path in REWARD_OUTBOX_WEBHOOK_TOKEN or a file that REWARD_OUTBOX_WEBHOOK_TOKEN_FILE names. SIGHUP
makes it read that file again.

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
	const [{ createBufferedLogger }, { requireConfig }, { loadWebhookToken }, { aborted }, http, { serveWebhooks }] =
		await Promise.all([
			import("../../log-buffer.ts"),
			import("../../config.ts"),
			import("../../config/secret-file.ts"),
			import("../waiting.ts"),
			import("../http.ts"),
			import("../webhooks.ts"),
		]);
	const config = requireConfig(context.env, ["database", "webhook"]);
	if (config.webhookAddress === undefined) await refuseWithoutAddress();
	const token = await loadWebhookToken(config);
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: config.logLevel, pretty, colour: context.colour };
	const { logger } = createBufferedLogger(context.takeLogOutput(), log);
	await http.remarkOnSecretFiles(config, context.env, logger);
	const stop = context.takeStopSignal();
	await checkDatabase(config.databaseUrl);
	const served = await serveWebhooks(config, token, logger);
	const ignoreHangups = context.onHangup(() => void served?.reloadToken());
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
async function checkDatabase(url: string): Promise<void> {
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
