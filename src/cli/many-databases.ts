import type { Token } from "../access/token.ts";
import type { Fleet } from "../composition/fleet/fleet.ts";
import type { ProcessUsage } from "../composition/index.ts";
import type { DatabaseEntry } from "../config/databases-file.ts";
import type { Environment } from "../config/environment.ts";
import type { Config, FLEET_PARTS } from "../config.ts";
import { FILE, passwordsOf, textOf } from "../connection/address.ts";
import { PasswordCommand } from "../connection/password-source.ts";
import type { Logger } from "../log.ts";

export type FleetConfig = Config<(typeof FLEET_PARTS)[number]>;

/** @throws ConfigurationError */
export async function fleetConfig(env: Environment): Promise<FleetConfig> {
	const [{ FLEET_PARTS }, { loadConfig }] = await Promise.all([import("../config.ts"), import("../config/load.ts")]);
	return await loadConfig(env, FLEET_PARTS);
}

/** The databases as their file has them now. @throws ConfigurationError with everything that is wrong */
export async function databasesOf(env: Environment, config: FleetConfig): Promise<readonly DatabaseEntry[]> {
	const { loadDatabases } = await import("../config/databases.ts");
	const { rewardApiKey, rewardApiKeyFile } = config;
	return loadDatabases({
		...config,
		delivery: config,
		hasKey: rewardApiKey !== undefined || rewardApiKeyFile !== undefined,
		environment: env,
	});
}

/** Reads file, keys and tokens before anything starts, so that what is wrong with any is reported at once. */
export async function prepareFleet(
	env: Environment,
	config: FleetConfig,
	log: Logger,
	processUsage: () => ProcessUsage,
): Promise<{ fleet: Fleet; tokens: Token[] }> {
	const [{ createFleet }, { loadRewardApiKey }, { loadTokens }, { ConfigurationError }] = await Promise.all([
		import("../composition/fleet/fleet.ts"),
		import("../config/secret-file.ts"),
		import("../config/tokens-file.ts"),
		import("../errors.ts"),
	]);
	const keyOfEnvironment = () => loadRewardApiKey(config);
	const creating = createFleet({
		concurrency: config.concurrency,
		requestTimeoutMs: config.requestTimeoutMs,
		shutdownGraceMs: config.shutdownGraceMs,
		rewardApiUrl: config.rewardApiUrl,
		proxy: config,
		alerts: config,
		stateDir: config.stateDir,
		anchors: config,
		keyOfEnvironment,
		load: () => databasesOf(env, config),
		processUsage,
		log,
	});
	const key = config.rewardApiKeyFile === undefined ? null : keyOfEnvironment();
	const [fleet, tokens, checked] = await Promise.allSettled([creating, loadTokens(config), key]);
	if (fleet.status === "fulfilled" && tokens.status === "fulfilled" && checked.status === "fulfilled") {
		return { fleet: fleet.value, tokens: tokens.value };
	}
	const reasons = [fleet, tokens, checked].flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
	const problems = reasons.flatMap((reason) => (reason instanceof ConfigurationError ? reason.problems : []));
	throw problems.length === 0 ? reasons[0] : new ConfigurationError(problems, { hint: reasons[0].hint });
}

/**
 * The environment as it would be if this database were the only one, so that every command works with it as with one.
 *
 * @throws UsageError when there is none of that name, ConfigurationError when the file is not usable
 */
export async function environmentOfOne(env: Environment, name: string): Promise<Environment> {
	const { UsageError } = await import("../errors.ts");
	if (env["REWARD_OUTBOX_DATABASES_FILE"] === undefined) {
		throw new UsageError("--database names one of many databases, and REWARD_OUTBOX_DATABASES_FILE is not set", {
			hint: "without it DATABASE_URL says which database is meant",
		});
	}
	const config = await fleetConfig(env);
	const entries = await databasesOf(env, config);
	const entry = entries.find((one) => one.name === name);
	if (entry === undefined) {
		const { didYouMean } = await import("../suggestion.ts");
		const meant = didYouMean(
			name,
			entries.map((one) => one.name),
		);
		throw new UsageError(`there is no database ${name} in REWARD_OUTBOX_DATABASES_FILE`, {
			hint: meant === null ? "reward-outbox status lists all of them" : `did you mean ${meant}?`,
		});
	}
	return withEntry(env, entry);
}

/** The environment with one entry in the place of the file. */
export function withEntry(
	env: Environment,
	{ databaseUrl, databaseListenUrl, key, webhookToken, delivery }: DatabaseEntry,
): Environment {
	const text = textOf(databaseUrl);
	const listenText = textOf(databaseListenUrl);
	const passwords = passwordsOf(databaseUrl);
	const ofKey =
		key === null
			? {}
			: "text" in key
				? { REWARD_API_KEY: key.text, REWARD_API_KEY_FILE: undefined }
				: { REWARD_API_KEY_FILE: key.file, REWARD_API_KEY: undefined };
	return {
		...env,
		REWARD_OUTBOX_DATABASES_FILE: undefined,
		...(text.startsWith(FILE) ? { DATABASE_URL_FILE: text.slice(FILE.length) } : { DATABASE_URL: text }),
		...(listenText === text ? {} : { DATABASE_LISTEN_URL: listenText }),
		REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND: passwords instanceof PasswordCommand ? passwords.command : undefined,
		...ofKey,
		...(webhookToken === null ? {} : tokenVariables(webhookToken)),
		REWARD_OUTBOX_CONCURRENCY: String(delivery.concurrency),
		REWARD_OUTBOX_POLL_INTERVAL_MS: String(delivery.pollIntervalMs),
		REWARD_OUTBOX_MAX_ATTEMPTS: String(delivery.maxAttempts),
		REWARD_OUTBOX_BACKOFF_BASE_MS: String(delivery.backoffBaseMs),
		REWARD_OUTBOX_BACKOFF_CAP_MS: String(delivery.backoffCapMs),
	};
}

function tokenVariables(token: NonNullable<DatabaseEntry["webhookToken"]>): Environment {
	return {
		REWARD_OUTBOX_WEBHOOK_TOKEN: "text" in token ? token.text : undefined,
		REWARD_OUTBOX_WEBHOOK_TOKEN_FILE: "file" in token ? token.file : undefined,
	};
}
