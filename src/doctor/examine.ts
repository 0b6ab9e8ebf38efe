import { DELIVERY_DEFAULTS } from "../config/delivery-part.ts";
import type { Environment } from "../config/environment.ts";
import { proxyFor } from "../config/proxy-part.ts";
import { loadWebhookToken } from "../config/secret-file.ts";
import { type Database, openDatabase } from "../store/database.ts";
import type { ServerFacts } from "../store/diagnose.ts";
import { type Check, fail, reasonOf } from "./check.ts";
import { checkConfiguration, usableConfig } from "./configuration.ts";
import { checkPrivileges, checkSchemaVersion, checkServer, checkTransactions } from "./database.ts";
import { checkBacklog, checkHeld, checkIdentity, checkRelays } from "./delivery.ts";
import { checkListening } from "./listening.ts";
import { checkLocks } from "./locks.ts";
import { checkRecord } from "./record.ts";
import { checkRestored } from "./restored.ts";
import { checkRewardApi } from "./reward-api.ts";
import { checkIndexes, checkNotifying, checkVacuum } from "./tables.ts";
import { checkWatches } from "./watches.ts";
import { checkWebhooks } from "./webhooks.ts";

/**
 * Looks at everything a relay needs and reports all of it: what cannot be asked because of an earlier failure is left
 * out. Changes nothing and sends nothing to Reward; where webhooks arrive, it sends itself one.
 *
 * @param wallClock This machine's time in milliseconds since 1970.
 */
export async function examine(environment: Environment, wallClock: () => number): Promise<Check[]> {
	const reward = usableConfig(environment, ["reward", "proxy"]);
	const parts = await Promise.all([
		checkConfiguration(environment),
		examineDatabase(environment, wallClock),
		reward.ok ? checkRewardApi(reward.config.rewardApiUrl, proxyFor(reward.config.rewardApiUrl, reward.config)) : [],
		examineWebhooks(environment),
	]);
	return parts.flat();
}

async function examineWebhooks(environment: Environment): Promise<Check[]> {
	const webhook = usableConfig(environment, ["webhook"]);
	if (!webhook.ok) return [];
	// What is wrong with the file is on the list already.
	const token = await loadWebhookToken(webhook.config).catch(() => null);
	return checkWebhooks(webhook.config, token);
}

async function examineDatabase(environment: Environment, wallClock: () => number): Promise<Check[]> {
	const database = usableConfig(environment, ["database"]);
	// Its problems are on the list already.
	if (!database.ok) return [];
	const { databaseUrl } = database.config;
	const db = openDatabase({
		url: databaseUrl,
		applicationName: "reward-outbox doctor",
		maxConnections: 2,
		statementTimeoutMs: 10_000,
	});
	try {
		const { checks, server } = await checkServer(db, wallClock);
		if (server === null) return checks;
		return [...checks, ...(await examineListening(db, environment)), ...(await examineSchema(db, server))];
	} finally {
		await db.end();
	}
}

async function examineListening(db: Database, environment: Environment): Promise<Check[]> {
	const listen = usableConfig(environment, ["database", "listen"]);
	const delivery = usableConfig(environment, ["delivery"]);
	if (!listen.ok) return [];
	const { pollIntervalMs } = delivery.ok ? delivery.config : DELIVERY_DEFAULTS;
	return await checkListening(db, listen.config, pollIntervalMs);
}

async function examineSchema(db: Database, server: ServerFacts): Promise<Check[]> {
	const schema = await checkSchemaVersion(db);
	if (!schema.usable) return schema.checks;
	const checks = [...schema.checks];
	const examinations = {
		restored: () => checkRestored(db),
		privileges: () => checkPrivileges(db, server),
		identity: () => checkIdentity(db),
		transactions: () => checkTransactions(db),
		indexes: () => checkIndexes(db),
		vacuum: () => checkVacuum(db),
		notify: () => checkNotifying(db),
		locks: () => checkLocks(db),
		relays: () => checkRelays(db),
		"held back": () => checkHeld(db),
		backlog: () => checkBacklog(db),
		watches: () => checkWatches(db),
		record: () => checkRecord(db),
	};
	for (const [name, examination] of Object.entries(examinations)) {
		checks.push(...(await examination().catch((error) => [unanswered(name, error)])));
	}
	return checks;
}

/** One question that could not be asked does not keep the others from being answered. */
function unanswered(name: string, error: unknown): Check {
	return fail(name, `it could not be looked at: ${reasonOf(error)}`, "see the check named privileges");
}
