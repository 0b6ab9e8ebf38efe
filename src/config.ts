import { type AlertConfig, alertPart } from "./config/alert-part.ts";
import { type AnchorConfig, anchorPart } from "./config/anchor-part.ts";
import { type DeliveryConfig, deliveryPart } from "./config/delivery-part.ts";
import { type Environment, EnvironmentReader } from "./config/environment.ts";
import { type HttpConfig, httpPart, reportBothSet } from "./config/http-part.ts";
import { passwordsPart, reportSecondPassword } from "./config/passwords-part.ts";
import { type ProxyConfig, proxyPart } from "./config/proxy-part.ts";
import { requireSetting } from "./config/reader.ts";
import { type RewardConfig, rewardAddress } from "./config/reward-part.ts";
import type { Setting } from "./config/setting.ts";
import { SETTINGS } from "./config/settings.ts";
import type { LogLevel } from "./config/value.ts";
import { type WebhookConfig, webhookPart } from "./config/webhook-part.ts";
import { type Address, addressOf } from "./connection/address.ts";
import { uriOfEnvironment, withEnvironment } from "./connection/environment.ts";
import type { PasswordCommand } from "./connection/password-source.ts";
import { ConfigurationError, type ConfigurationProblem } from "./errors.ts";

export type { AlertConfig } from "./config/alert-part.ts";
export { DELIVERY_DEFAULTS } from "./config/delivery-part.ts";
export type { HttpConfig } from "./config/http-part.ts";

export { VARIABLES } from "./config/settings.ts";
export type { WebhookConfig } from "./config/webhook-part.ts";

/** Always part of a configuration. */
export interface LogConfig {
	/** Default `info`. */
	readonly logLevel: LogLevel;
}

export interface DatabaseConfig {
	/** A secret: it usually holds a password. */
	readonly databaseUrl: Address;
}

interface ListenConfig {
	/** A direct connection for LISTEN; the same as the database's unless that one goes through a pooler. A secret. */
	readonly databaseListenUrl: Address;
}

interface DatabasesConfig {
	/** A file that names the databases; see `loadDatabases`. */
	readonly databasesFile: string;
	/** What makes the passwords of those that say none; undefined: nothing. */
	readonly passwords: PasswordCommand | undefined;
	readonly passwordKeptMs: number;
}

interface StateConfig {
	/** A directory that outlives the process. */
	readonly stateDir?: string;
}

/** Everything the daemon needs. */
export interface RelayConfig
	extends LogConfig,
		DatabaseConfig,
		ListenConfig,
		RewardConfig,
		ProxyConfig,
		DeliveryConfig,
		HttpConfig,
		AlertConfig,
		StateConfig,
		AnchorConfig,
		WebhookConfig {}

interface Parts {
	database: DatabaseConfig;
	databases: DatabasesConfig;
	listen: ListenConfig;
	reward: RewardConfig;
	proxy: ProxyConfig;
	delivery: DeliveryConfig;
	http: HttpConfig;
	alerts: AlertConfig;
	state: StateConfig;
	anchors: AnchorConfig;
	webhook: WebhookConfig;
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
	"proxy",
	"delivery",
	"http",
	"alerts",
	"state",
	"anchors",
	"webhook",
] as const satisfies ConfigPart[];

/** The parts of a relay for many databases. */
export const FLEET_PARTS = [
	"databases",
	"reward",
	"proxy",
	"delivery",
	"http",
	"alerts",
	"state",
	"anchors",
	"webhook",
] as const satisfies ConfigPart[];

/** Whether many databases are named, and not one. */
export function namesManyDatabases(environment: Environment): boolean {
	return environment[SETTINGS.databasesFile.variable] !== undefined;
}

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
		logLevel: reader.read(SETTINGS.logLevel) ?? "info",
		...(needed.has("database") || needed.has("listen") ? databasePart(reader, environment, needed.has("listen")) : {}),
		...(needed.has("databases") ? databasesPart(reader, environment) : {}),
		...(needed.has("reward") ? rewardPart(reader) : {}),
		...(needed.has("proxy") ? proxyPart(reader) : {}),
		...(needed.has("delivery") ? deliveryPart(reader) : {}),
		...(needed.has("http") ? httpPart(reader, environment) : {}),
		...(needed.has("alerts") ? alertPart(reader) : {}),
		...(needed.has("state") ? statePart(reader) : {}),
		...(needed.has("anchors") ? anchorPart(reader) : {}),
		...(needed.has("webhook") ? webhookPart(reader) : {}),
	};
	reader.reportUnknown();
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

function databasePart(reader: EnvironmentReader, environment: Environment, listen: boolean) {
	const text = databaseAddress(reader, environment);
	const passwords = passwordsPart(reader, environment);
	const databaseUrl = addressOf(text ?? "", passwords);
	reportSecondPassword(reader, databaseUrl);
	if (!listen) return { databaseUrl };
	const direct = reader.read(SETTINGS.databaseListenUrl);
	if (direct === undefined) return { databaseUrl, databaseListenUrl: databaseUrl };
	const databaseListenUrl = addressOf(withEnvironment(direct, environment), passwords);
	reportSecondPassword(reader, databaseListenUrl);
	return { databaseUrl, databaseListenUrl };
}

/** One database or many: what names one is wrong beside the file. */
function databasesPart(reader: EnvironmentReader, environment: Environment) {
	for (const setting of [SETTINGS.databaseUrl, SETTINGS.databaseUrlFile]) reportOneBesideMany(reader, setting);
	if (reader.has(SETTINGS.databaseListenUrl))
		reader.report(SETTINGS.databaseListenUrl, `expected listen_url in an entry of ${SETTINGS.databasesFile.variable}`);
	return {
		databasesFile: requireSetting(reader, SETTINGS.databasesFile),
		passwords: passwordsPart(reader, environment),
		passwordKeptMs: reader.read(SETTINGS.databasePasswordKeptMs) ?? SETTINGS.databasePasswordKeptMs.default,
	};
}

function reportOneBesideMany(reader: EnvironmentReader, setting: Setting<unknown>): void {
	const other = SETTINGS.databasesFile.variable;
	if (reader.has(setting)) reader.report(setting, `expected either ${setting.variable} or ${other}, not both`);
}

function oneOfMany(reader: EnvironmentReader): undefined {
	const before = reader.problems.length;
	for (const setting of [SETTINGS.databaseUrl, SETTINGS.databaseUrlFile]) reportOneBesideMany(reader, setting);
	if (reader.problems.length === before)
		reader.report(SETTINGS.databasesFile, "it names many databases; say which one is meant with --database NAME");
	return undefined;
}

/** The URL, the name of a file with it, or what libpq's variables say. */
function databaseAddress(reader: EnvironmentReader, environment: Environment): string | undefined {
	if (reader.has(SETTINGS.databasesFile)) return oneOfMany(reader);
	reportBothSet(reader, SETTINGS.databaseUrl, SETTINGS.databaseUrlFile);
	const file = reader.read(SETTINGS.databaseUrlFile);
	if (file !== undefined) return `file:${file}`;
	const ofEnvironment = reader.has(SETTINGS.databaseUrl) ? null : uriOfEnvironment(environment);
	if (ofEnvironment !== null) return ofEnvironment;
	const url = requireSetting(reader, SETTINGS.databaseUrl);
	return url === undefined ? undefined : withEnvironment(url, environment);
}

function rewardPart(reader: EnvironmentReader): RewardConfig {
	const key = reader.read(SETTINGS.rewardApiKey);
	const file = reader.read(SETTINGS.rewardApiKeyFile);
	reportBothSet(reader, SETTINGS.rewardApiKey, SETTINGS.rewardApiKeyFile);
	const ofEntries = reader.has(SETTINGS.databasesFile);
	if (!ofEntries && !reader.has(SETTINGS.rewardApiKey) && !reader.has(SETTINGS.rewardApiKeyFile)) {
		const elsewhere = `a file with it in ${SETTINGS.rewardApiKeyFile.variable}`;
		reader.report(SETTINGS.rewardApiKey, `missing; expected the API key here, or ${elsewhere}`);
	}
	return {
		...rewardAddress(reader, key),
		...(key === undefined ? {} : { rewardApiKey: key }),
		...(file === undefined ? {} : { rewardApiKeyFile: file }),
	};
}

function statePart(reader: EnvironmentReader): StateConfig {
	const stateDir = reader.read(SETTINGS.stateDir);
	return stateDir === undefined ? {} : { stateDir };
}
