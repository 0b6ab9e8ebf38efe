import { type Environment, EnvironmentReader, reportBothSet } from "./config/environment.ts";
import { type HttpConfig, httpPart } from "./config/http-part.ts";
import {
	isLoopback,
	type LogLevel,
	liveKeyOverHttp,
	parseDatabaseUrl,
	parseFilePath,
	parseLogLevel,
	parseOrigin,
	parseSecret,
	parseSwitch,
	parseWebhookUrl,
	wholeNumber,
} from "./config/value.ts";
import { ConfigurationError, type ConfigurationProblem } from "./errors.ts";

/** Requests in flight when `REWARD_OUTBOX_CONCURRENCY` is not set. */
export const DEFAULT_CONCURRENCY = 64;

/** The relay's defaults, for the environment and for a relay inside a process of yours alike. Milliseconds where a name says so. */
export const DELIVERY_DEFAULTS = {
	concurrency: DEFAULT_CONCURRENCY,
	requestTimeoutMs: 15_000,
	leaseMs: 60_000,
	pollIntervalMs: 5_000,
	maxAttempts: 20,
	backoffBaseMs: 1_000,
	backoffCapMs: 3_600_000,
	shutdownGraceMs: 20_000,
} as const;

/** A lease must outlive a request by this much: the time to claim before it and to settle after it. Milliseconds. */
export const LEASE_MARGIN_MS = 5000;

const DEFAULT_REWARD_API_URL = "https://api.rewardplugin.com";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Every variable that is read, in the order of the documentation. */
export const VARIABLES = [
	"DATABASE_URL",
	"DATABASE_LISTEN_URL",
	"REWARD_API_KEY",
	"REWARD_API_KEY_FILE",
	"REWARD_API_URL",
	"REWARD_OUTBOX_ALLOW_HTTP",
	"REWARD_OUTBOX_CONCURRENCY",
	"REWARD_OUTBOX_REQUEST_TIMEOUT_MS",
	"REWARD_OUTBOX_LEASE_MS",
	"REWARD_OUTBOX_POLL_INTERVAL_MS",
	"REWARD_OUTBOX_MAX_ATTEMPTS",
	"REWARD_OUTBOX_BACKOFF_BASE_MS",
	"REWARD_OUTBOX_BACKOFF_CAP_MS",
	"REWARD_OUTBOX_HTTP_ADDR",
	"REWARD_OUTBOX_ADMIN_TOKEN",
	"REWARD_OUTBOX_ADMIN_TOKEN_FILE",
	"REWARD_OUTBOX_TOKENS_FILE",
	"REWARD_OUTBOX_ALLOWED_HOSTS",
	"REWARD_OUTBOX_CONSOLE_DATABASE_URL",
	"REWARD_OUTBOX_SHUTDOWN_GRACE_MS",
	"REWARD_OUTBOX_ALERT_WEBHOOK_URL",
	"LOG_LEVEL",
] as const;

export type { HttpConfig } from "./config/http-part.ts";

/** Always part of a configuration. */
export interface LogConfig {
	/** Default `info`. */
	readonly logLevel: LogLevel;
}

export interface DatabaseConfig {
	/** A secret: it usually holds a password. */
	readonly databaseUrl: string;
}

export interface ListenConfig {
	/** A direct connection for LISTEN; the same as the database's unless that one goes through a pooler. A secret. */
	readonly databaseListenUrl: string;
}

export interface RewardConfig {
	/** An origin: scheme, host, port. */
	readonly rewardApiUrl: URL;
	/** The key itself. Exactly one of this and `rewardApiKeyFile` is there. */
	readonly rewardApiKey?: string;
	/** A file that holds the key; see `loadRewardApiKey`. */
	readonly rewardApiKeyFile?: string;
}

export interface DeliveryConfig {
	/** Requests in flight at most, 1 to 4096. */
	readonly concurrency: number;
	/** Total deadline of one attempt, from the first byte to the last. Milliseconds. */
	readonly requestTimeoutMs: number;
	/** How long a claim holds. At least `requestTimeoutMs` + {@link LEASE_MARGIN_MS}. Milliseconds. */
	readonly leaseMs: number;
	/** How often the database is asked when nothing rings. Milliseconds. */
	readonly pollIntervalMs: number;
	/** After this many attempts an event is dead. */
	readonly maxAttempts: number;
	/** Upper end of the wait after the first failure; it doubles from there. Milliseconds. */
	readonly backoffBaseMs: number;
	/** The wait never gets longer than this. Milliseconds. */
	readonly backoffCapMs: number;
	/** How long a stopping relay waits for what is in flight; 0 does not wait. Milliseconds. */
	readonly shutdownGraceMs: number;
}

export interface AlertConfig {
	/** Is told what needs a person, and when that is over. A secret. */
	readonly alertWebhookUrl?: URL;
}

/** Everything the daemon needs. */
export interface RelayConfig
	extends LogConfig,
		DatabaseConfig,
		ListenConfig,
		RewardConfig,
		DeliveryConfig,
		HttpConfig,
		AlertConfig {}

interface Parts {
	database: DatabaseConfig;
	listen: ListenConfig;
	reward: RewardConfig;
	delivery: DeliveryConfig;
	http: HttpConfig;
	alerts: AlertConfig;
}

/** A group of variables that a command may or may not need. */
export type ConfigPart = keyof Parts;

type AllOf<U> = (U extends unknown ? (part: U) => void : never) extends (all: infer I) => void ? I : never;

/** The configuration that holds the named parts, and the log level always. */
export type Config<P extends ConfigPart> = LogConfig & ([P] extends [never] ? unknown : AllOf<Parts[P]>);

export type ConfigResult<P extends ConfigPart> =
	| { readonly ok: true; readonly config: Config<P> }
	| { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** The parts of a {@link RelayConfig}. */
export const RELAY_PARTS = [
	"database",
	"listen",
	"reward",
	"delivery",
	"http",
	"alerts",
] as const satisfies ConfigPart[];

/**
 * Reads the parts of the configuration that a command needs. Pure: it reads nothing but `environment`, no file.
 *
 * @param parts What is needed. A wrong value in another part does not matter; an unknown `REWARD_OUTBOX_…` or
 * `REWARD_API_…` variable always does.
 * @returns The configuration, or every problem at once. No problem ever shows a secret.
 */
export function readConfig<P extends ConfigPart = never>(
	environment: Environment,
	parts: readonly P[],
): ConfigResult<P> {
	const reader = new EnvironmentReader(environment);
	const needed = new Set<ConfigPart>(parts);
	const config = {
		logLevel: reader.read("LOG_LEVEL", parseLogLevel) ?? "info",
		...(needed.has("database") || needed.has("listen") ? databasePart(reader, needed.has("listen")) : {}),
		...(needed.has("reward") ? rewardPart(reader) : {}),
		...(needed.has("delivery") ? deliveryPart(reader) : {}),
		...(needed.has("http") ? httpPart(reader) : {}),
		...(needed.has("alerts") ? alertPart(reader) : {}),
	};
	reader.reportUnknown(VARIABLES);
	if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
	// No problem means that every required variable was there: what was undefined above has been reported.
	return { ok: true, config: config as unknown as Config<P> };
}

/** {@link readConfig} for callers that cannot go on without it. @throws ConfigurationError listing every problem. */
export function requireConfig<P extends ConfigPart = never>(environment: Environment, parts: readonly P[]): Config<P> {
	const result = readConfig(environment, parts);
	if (result.ok) return result.config;
	throw new ConfigurationError(result.problems, { hint: "the README's configuration table explains every variable" });
}

function databasePart(reader: EnvironmentReader, listen: boolean) {
	const databaseUrl = reader.require("DATABASE_URL", parseDatabaseUrl);
	if (!listen) return { databaseUrl };
	return { databaseUrl, databaseListenUrl: reader.read("DATABASE_LISTEN_URL", parseDatabaseUrl) ?? databaseUrl };
}

function rewardPart(reader: EnvironmentReader) {
	const key = reader.read("REWARD_API_KEY", parseSecret);
	const file = reader.read("REWARD_API_KEY_FILE", parseFilePath);
	reportBothSet(reader, "REWARD_API_KEY");
	if (!reader.has("REWARD_API_KEY") && !reader.has("REWARD_API_KEY_FILE")) {
		reader.report("REWARD_API_KEY", "missing; expected the API key here, or a file with it in REWARD_API_KEY_FILE");
	}
	const url = reader.read("REWARD_API_URL", parseOrigin) ?? new URL(DEFAULT_REWARD_API_URL);
	const allowHttp = reader.read("REWARD_OUTBOX_ALLOW_HTTP", parseSwitch) ?? false;
	if (url.protocol === "http:" && !isLoopback(url.hostname)) reportPublicHttp(reader, url, allowHttp, key);
	return {
		rewardApiUrl: url,
		...(key === undefined ? {} : { rewardApiKey: key }),
		...(file === undefined ? {} : { rewardApiKeyFile: file }),
	};
}

function reportPublicHttp(reader: EnvironmentReader, url: URL, allowHttp: boolean, key: string | undefined): void {
	if (!allowHttp) {
		const exception = "http: is for loopback only, or for tests with REWARD_OUTBOX_ALLOW_HTTP=1 and a sk_test_ key";
		reader.report("REWARD_API_URL", `expected https:; ${exception}`);
	} else if (key !== undefined && liveKeyOverHttp(key, url)) {
		reader.report("REWARD_API_KEY", "expected a sk_test_ key: REWARD_API_URL is http:, where others can read it");
	}
}

function deliveryPart(reader: EnvironmentReader): DeliveryConfig {
	const number = (name: string, min: number, max: number, fallback: number) =>
		reader.read(`REWARD_OUTBOX_${name}`, wholeNumber(min, max)) ?? fallback;
	const defaults = DELIVERY_DEFAULTS;
	const before = reader.problems.length;
	const delivery: DeliveryConfig = {
		concurrency: number("CONCURRENCY", 1, 4096, defaults.concurrency),
		requestTimeoutMs: number("REQUEST_TIMEOUT_MS", 10, 600_000, defaults.requestTimeoutMs),
		leaseMs: number("LEASE_MS", 1000, DAY_MS, defaults.leaseMs),
		pollIntervalMs: number("POLL_INTERVAL_MS", 1, HOUR_MS, defaults.pollIntervalMs),
		maxAttempts: number("MAX_ATTEMPTS", 1, 1000, defaults.maxAttempts),
		backoffBaseMs: number("BACKOFF_BASE_MS", 1, DAY_MS, defaults.backoffBaseMs),
		backoffCapMs: number("BACKOFF_CAP_MS", 1, 7 * DAY_MS, defaults.backoffCapMs),
		shutdownGraceMs: number("SHUTDOWN_GRACE_MS", 0, HOUR_MS, defaults.shutdownGraceMs),
	};
	// Comparing with the default that stands in for a wrong value would report nonsense.
	if (reader.problems.length === before) reportContradictions(reader, delivery);
	return delivery;
}

function reportContradictions(reader: EnvironmentReader, delivery: DeliveryConfig): void {
	const shortestLeaseMs = delivery.requestTimeoutMs + LEASE_MARGIN_MS;
	if (delivery.leaseMs < shortestLeaseMs) {
		const sum = `REWARD_OUTBOX_REQUEST_TIMEOUT_MS + ${LEASE_MARGIN_MS} = ${shortestLeaseMs}`;
		const found = `${delivery.leaseMs}${reader.has("REWARD_OUTBOX_LEASE_MS") ? "" : " (the default)"}`;
		reader.report("REWARD_OUTBOX_LEASE_MS", `expected at least ${sum}, got ${found}`);
	}
	if (delivery.backoffBaseMs > delivery.backoffCapMs) {
		const [base, cap] = [delivery.backoffBaseMs, delivery.backoffCapMs];
		reader.report(
			"REWARD_OUTBOX_BACKOFF_BASE_MS",
			`expected at most REWARD_OUTBOX_BACKOFF_CAP_MS = ${cap}, got ${base}`,
		);
	}
}

function alertPart(reader: EnvironmentReader): AlertConfig {
	const url = reader.read("REWARD_OUTBOX_ALERT_WEBHOOK_URL", parseWebhookUrl);
	return url === undefined ? {} : { alertWebhookUrl: url };
}
