import type { Logger } from "../logger.ts";
import type { KeySource } from "../reward/credentials.ts";
import type { ProcessUsage } from "./process-usage.ts";

/** Settings of a relay inside a process of yours. Defaults are those of the command line. */
export interface RelayOptions {
	readonly databaseUrl: string;
	/** A direct connection for LISTEN where `databaseUrl` goes through a pooler. Default: `databaseUrl`. */
	readonly databaseListenUrl?: string;
	/** The API key, or a function that reads it anew: asked again after a 401 and by `reloadKey()`. */
	readonly rewardApiKey: KeySource;
	/** Origin of the API. Default `https://api.rewardplugin.com`. */
	readonly rewardApiUrl?: URL | string;
	/** Requests in flight at most. Default 64. */
	readonly concurrency?: number;
	/** Total deadline of one attempt, in milliseconds. Default 15 000. */
	readonly requestTimeoutMs?: number;
	/** How long a claim holds, in milliseconds; must exceed the request timeout by 5 000. Default 60 000. */
	readonly leaseMs?: number;
	/** Fallback behind LISTEN, in milliseconds. Default 5 000. */
	readonly pollIntervalMs?: number;
	/** Attempts after which an event is dead. Default 20. */
	readonly maxAttempts?: number;
	/** Bound of the first retry's delay, in milliseconds; doubles. Default 1 000. */
	readonly backoffBaseMs?: number;
	/** Bound of any retry's delay, in milliseconds. Default 3 600 000. */
	readonly backoffCapMs?: number;
	/** How the relay is called in attempts, `status` and logs. Default: the host's name and a random part. */
	readonly name?: string;
	/**
	 * Gets a small JSON when something needs a person, and when it is over (docs/alerts.md). Give all relays of a database the
	 * same: one of them sends. A secret. Default: none.
	 */
	readonly alertWebhookUrl?: URL | string;
	/** What the operating system says about this process, for the metrics. Default: no metrics of the process but its event loop. */
	readonly processUsage?: () => ProcessUsage;
	/** A pino logger or anything shaped like one. Default: silent. */
	readonly logger?: Logger;
}
