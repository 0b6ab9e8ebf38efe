import { Access } from "../access/access.ts";
import type { Token } from "../access/token.ts";
import type { Address } from "../connection/address.ts";
import { type HttpServer, startHttpServer } from "../http/server.ts";
import { type Logger, logEvents } from "../log.ts";
import type { Provider } from "../oidc/provider.ts";
import type { HealthReport } from "../relay/health.ts";
import { Console } from "./console.ts";

/** Where a console is served, whether it is that of one database or of many, and who is let in. */
export interface SiteOptions {
	/** Name or address to listen on; empty means every address of the machine. */
	readonly host: string;
	/** 0 takes a free port. */
	readonly port: number;
	/** Further names under which it may be asked for, in lower case. */
	readonly allowedHosts?: readonly string[];
	/** Addresses and networks of proxies whose X-Forwarded-For counts. */
	readonly trustedProxies?: readonly string[];
	/** At least one, or a provider. */
	readonly tokens: readonly Token[];
	/** With whom people sign in besides. */
	readonly provider?: Provider | null;
	readonly metrics?: () => Promise<string>;
	readonly logger: Logger;
}

export interface ConsoleServerOptions extends SiteOptions {
	/** The console's own connection. */
	readonly databaseUrl: Address;
	/** The relays' limit of attempts, as far as this process knows it. */
	readonly defaultMaxAttempts: number;
	/** Default: whether the console's database answers. */
	readonly health?: () => Promise<HealthReport>;
}

export interface ConsoleServer extends HttpServer {
	/** From now on these are the tokens; sessions and streams of those that stay go on. */
	replaceTokens(tokens: readonly Token[]): void;
	/** Ends what is under way, streams and bulk runs, while health is still served. */
	quiesce(): Promise<void>;
}

/**
 * Starts the HTTP server with the console: pages, API, health and, if there are any, metrics.
 *
 * @throws What listening throws (`EADDRINUSE`, `EACCES`, …).
 */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
	const {
		tokens,
		provider = null,
		databaseUrl,
		defaultMaxAttempts,
		logger,
		host,
		port,
		metrics,
		allowedHosts = [],
		trustedProxies = [],
	} = options;
	const access = new Access({
		tokens,
		wallClock: () => Date.now(),
		clock: () => performance.now(),
		...(provider === null ? {} : { peopleKey: provider.peopleKey }),
		onFailure: (address, by) => {
			logEvents.loginFailed(logger, { address, by });
			console.signIns.refused(by, address);
		},
	});
	const console = new Console({ databaseUrl, access, provider, defaultMaxAttempts, logger });
	try {
		const server = await startHttpServer({
			host,
			port,
			access,
			allowedHosts,
			trustedProxies,
			health: options.health ?? (() => healthOfConsole(console)),
			...(metrics === undefined ? {} : { metrics }),
			routes: (fastify) => console.addTo(fastify),
			isOpen: (method, path) => console.isOpen(method, path),
			logger,
		});
		return {
			url: server.url,
			replaceTokens: (replaced) => access.replaceTokens(replaced),
			quiesce: () => console.quiesce(),
			close: async () => {
				await server.close();
				await console.close();
			},
		};
	} catch (error) {
		await console.close();
		throw error;
	}
}

/** A console that runs alone can do its work when its database answers. */
export async function healthOfConsole(console: Console): Promise<HealthReport> {
	const begun = performance.now();
	const listener = { mode: "polling" } as const;
	try {
		await console.ping();
		const latency_ms = Math.round(performance.now() - begun);
		return { ready: true, database: { ok: true, latency_ms }, listener, paused: null };
	} catch (error) {
		const { code } = error as { code?: unknown };
		const error_code = typeof code === "string" ? code : null;
		return { ready: false, database: { ok: false, error_code }, listener, paused: null };
	}
}
