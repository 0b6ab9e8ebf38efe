import type { Token } from "../access/token.ts";
import type { Environment } from "../config/environment.ts";
import type { secretFiles } from "../config/secret-file.ts";
import type { DatabaseConfig, HttpConfig } from "../config.ts";
import { DELIVERY_DEFAULTS } from "../config.ts";
import type { HttpServer } from "../http/server.ts";
import type { Logger } from "../log.ts";
import type { Provider } from "../oidc/provider.ts";
import type { HealthReport } from "../relay/health.ts";

/** A console that is served by a command. */
export interface ServedConsole extends HttpServer {
	/** Reads the tokens again; when that fails, the old ones stay. */
	reloadTokens(): Promise<void>;
	/** Ends streams and bulk runs, while health is still served. */
	quiesce(): Promise<void>;
}

/** Says which files with secrets are open to everybody on this machine. */
export async function remarkOnSecretFiles(
	config: Parameters<typeof secretFiles>[0],
	env: Environment,
	logger: Logger,
): Promise<void> {
	const [{ namedSecretFiles }, { secretFiles }, { readableByAll }, { logEvents }] = await Promise.all([
		import("../config/load.ts"),
		import("../config/secret-file.ts"),
		import("../config/small-file.ts"),
		import("../log.ts"),
	]);
	for (const { variable } of await readableByAll([...secretFiles(config), ...namedSecretFiles(env)]))
		logEvents.secretReadableByAll(logger, { variable });
}

/** @throws OutboxError that says which variable to change, when it cannot listen */
export async function startServer<Server>(
	start: () => Promise<Server>,
	variable = "REWARD_OUTBOX_HTTP_ADDR",
): Promise<Server> {
	try {
		return await start();
	} catch (cause) {
		if (!(cause instanceof Error && "syscall" in cause)) throw cause;
		const { OutboxError } = await import("../errors.ts");
		throw new OutboxError("http_listen", `the HTTP server cannot start: ${cause.message}`, {
			hint: `set ${variable} to another address or port; port 0 takes a free one`,
			cause,
		});
	}
}

/** Serves the console, and health and metrics if they are given. @throws OutboxError when it cannot listen */
export async function serveConsole(
	config: DatabaseConfig & HttpConfig & { readonly maxAttempts?: number },
	options: {
		readonly tokens: readonly Token[];
		readonly health?: () => Promise<HealthReport>;
		readonly metrics?: () => Promise<string>;
		readonly logger: Logger;
	},
): Promise<ServedConsole> {
	const { startConsoleServer } = await import("../api/serve.ts");
	const { trustedProxies, consoleDatabaseUrl, databaseUrl, http, maxAttempts } = config;
	const provider = await createProvider(config);
	const server = await startServer(() =>
		startConsoleServer({
			...http,
			...options,
			provider,
			allowedHosts: hostsOf(config),
			...(trustedProxies === undefined ? {} : { trustedProxies }),
			databaseUrl: consoleDatabaseUrl ?? databaseUrl,
			defaultMaxAttempts: maxAttempts ?? DELIVERY_DEFAULTS.maxAttempts,
		}),
	);
	return {
		url: server.url,
		close: () => server.close(),
		quiesce: () => server.quiesce(),
		reloadTokens: async () => {
			const { reloadTokens } = await import("./tokens.ts");
			await reloadTokens(config, options.logger, (tokens) => server.replaceTokens(tokens));
		},
	};
}

/** With whom people sign in besides tokens. It is not asked before somebody does. */
export async function createProvider({ oidc }: HttpConfig): Promise<Provider | null> {
	if (oidc === undefined) return null;
	const [{ Provider }, { packageVersion }] = await Promise.all([
		import("../oidc/provider.ts"),
		import("../version.ts"),
	]);
	return new Provider({ config: oidc, userAgent: `reward-outbox/${packageVersion()}`, wallClock: () => Date.now() });
}

/** The provider leads people back to the console's own address, so that is one of its names. */
export function hostsOf({ allowedHosts = [], oidc }: HttpConfig): readonly string[] {
	return oidc === undefined ? allowedHosts : [...allowedHosts, oidc.consoleUrl.hostname.replace(/^\[|\]$/g, "")];
}
