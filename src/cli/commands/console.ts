import type { Command } from "commander";
import type { Token } from "../../access/token.ts";
import type { HttpConfig } from "../../config.ts";
import type { Address } from "../../connection/address.ts";
import type { CommandContext } from "../context.ts";

interface ConsoleFlags {
	readonly json?: true;
}

const EXAMPLES = `
A relay serves the console too, as soon as it has a token; this is for those who keep it elsewhere. It needs DATABASE_URL
(or REWARD_OUTBOX_CONSOLE_DATABASE_URL) and a token: REWARD_OUTBOX_ADMIN_TOKEN, or REWARD_OUTBOX_TOKENS_FILE with a line
"name role token" for each person, role being viewer or operator. SIGHUP makes it read the tokens again.

Examples:
  $ REWARD_OUTBOX_ADMIN_TOKEN=$(openssl rand -hex 24) reward-outbox console
  $ REWARD_OUTBOX_TOKENS_FILE=/run/secrets/tokens REWARD_OUTBOX_HTTP_ADDR=:8080 reward-outbox console`;

export function registerConsole(program: Command, context: CommandContext): void {
	program
		.command("console")
		.summary("serve the console and its API alone, until stopped")
		.description("Serves the pages and the API by which people see, search, explain and repair. Sends no events.")
		.option("--json", "JSON lines on a terminal too")
		.addHelpText("after", EXAMPLES)
		.action((flags: ConsoleFlags) => runConsole(flags, context));
}

async function runConsole(flags: ConsoleFlags, context: CommandContext): Promise<void> {
	if ((await import("../../config.ts")).namesManyDatabases(context.env)) return runForMany(flags, context);
	const [{ createBufferedLogger }, { loadConfig }, { aborted }, { remarkOnSecretFiles, serveConsole }] =
		await Promise.all([
			import("../../log-buffer.ts"),
			import("../../config/load.ts"),
			import("../waiting.ts"),
			import("../http.ts"),
		]);
	const consoleUrl = context.env["REWARD_OUTBOX_CONSOLE_DATABASE_URL"];
	// Its own connection is enough.
	const isNamed = ["DATABASE_URL", "DATABASE_URL_FILE"].some((name) => context.env[name] !== undefined);
	const env = isNamed || consoleUrl === undefined ? context.env : { ...context.env, DATABASE_URL: consoleUrl };
	const config = await loadConfig(env, ["database", "delivery", "http"]);
	const tokens = await someTokens(config);
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: config.logLevel, pretty, colour: context.colour };
	const { logger } = createBufferedLogger(context.takeLogOutput(), log);
	await remarkOnSecretFiles(config, env, logger);
	const stop = context.takeStopSignal();
	await checkDatabase(config.consoleDatabaseUrl ?? config.databaseUrl);
	const served = await serveConsole(config, { tokens, logger });
	const ignoreHangups = context.onHangup(() => void served.reloadTokens());
	try {
		await aborted(stop);
	} finally {
		await served.quiesce();
		await served.close();
		ignoreHangups();
	}
}

/** Of all databases of the file, each below its name. */
async function runForMany(flags: ConsoleFlags, context: CommandContext): Promise<void> {
	const [{ createBufferedLogger }, { databasesOf, fleetConfig }, { aborted }, http, { serveConsoles }, { logEvents }] =
		await Promise.all([
			import("../../log-buffer.ts"),
			import("../many-databases.ts"),
			import("../waiting.ts"),
			import("../http.ts"),
			import("../consoles.ts"),
			import("../../log.ts"),
		]);
	const config = await fleetConfig(context.env);
	const [tokens, entries] = [await someTokens(config), await databasesOf(context.env, config)];
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: config.logLevel, pretty, colour: context.colour };
	const { logger } = createBufferedLogger(context.takeLogOutput(), log);
	await http.remarkOnSecretFiles(config, context.env, logger);
	const stop = context.takeStopSignal();
	// Which database answers, each console says by itself.
	const served = await serveConsoles(config, entries, { tokens, health: async () => ({ ready: true }), logger });
	const ignoreHangups = context.onHangup(() => {
		void served.reloadTokens();
		void databasesOf(context.env, config).then(served.follow, (error) => {
			logEvents.databasesUnreadable(logger, { problems: [error instanceof Error ? error.message : String(error)] });
		});
	});
	try {
		await aborted(stop);
	} finally {
		await served.quiesce();
		await served.close();
		ignoreHangups();
	}
}

async function someTokens(config: HttpConfig): Promise<Token[]> {
	const [{ loadTokens }, { ConfigurationError }] = await Promise.all([
		import("../../config/tokens-file.ts"),
		import("../../errors.ts"),
	]);
	const tokens = await loadTokens(config);
	if (tokens.length > 0 || config.oidc !== undefined) return tokens;
	const message = "missing; the console is served to nobody without a token, or a provider to sign in with";
	throw new ConfigurationError([{ variable: "REWARD_OUTBOX_ADMIN_TOKEN", message }], {
		hint: "set it to a long random text (openssl rand -hex 24), name a file of tokens in REWARD_OUTBOX_TOKENS_FILE, or a provider in REWARD_OUTBOX_OIDC_ISSUER",
	});
}

/** What is wrong for good is said at once; a database that is down is waited for. */
async function checkDatabase(url: Address): Promise<void> {
	const [{ openConsoleDatabase, ping }, { isTransient }] = await Promise.all([
		import("../../store/console-database.ts"),
		import("../../store/database-error.ts"),
	]);
	const database = openConsoleDatabase({ url, onRights: () => {} });
	try {
		await ping(database);
	} catch (error) {
		if (!isTransient(error)) throw error;
	} finally {
		await database.end();
	}
}
