import type { AlertFormat } from "../alerts/format-names.ts";
import type { DatabaseLogin } from "../connection/password-source.ts";
import type { Logger } from "../logger.ts";
import type { ProcessUsage } from "../metrics/process-usage.ts";
import type { KeySource } from "../reward/credentials.ts";

/**
 * Settings of a relay inside a process of yours. Ranges, rules and defaults are those of the command line, and what it
 * refuses is refused here. An option that is `undefined` is not set.
 */
export interface RelayOptions {
	readonly databaseUrl: string;
	/** A direct connection for LISTEN where `databaseUrl` goes through a pooler. Default: `databaseUrl`. */
	readonly databaseListenUrl?: string;
	/**
	 * Gives the database's password for each new connection, where it is made anew each time as tokens of IAM are: called
	 * with whose it is, answered within 10 seconds. Default: the one in `databaseUrl`.
	 */
	readonly databasePassword?: (login: DatabaseLogin) => string | Promise<string>;
	/** The API key, or a function that reads it anew: asked again after a 401 and by `reloadKey()`. */
	readonly rewardApiKey: KeySource;
	/**
	 * Origin of the API; `http:` only for loopback, or for tests as `allowHttp` says.
	 * Default `https://api.rewardplugin.com`.
	 */
	readonly rewardApiUrl?: URL | string;
	/** Lets a `sk_test_` key go out over `http:` to another machine. Default false. */
	readonly allowHttp?: boolean;
	/**
	 * An HTTP proxy that opens the way to an `https:` API, `http://user:password@host:port`. Not read from HTTPS_PROXY
	 * here. A secret. Default: none.
	 */
	readonly proxyUrl?: URL | string;
	/** Hosts, domains and networks that are reached without it, separated by commas, as in NO_PROXY. Default: none. */
	readonly noProxy?: string;
	/** Requests in flight at most, 1 to 4096. Default 64. */
	readonly concurrency?: number;
	/** Total deadline of one attempt, 10 to 600000 milliseconds. Default 15000. */
	readonly requestTimeoutMs?: number;
	/** How long a claim holds, 1000 to 86400000 milliseconds; must exceed the request timeout by 5000. Default 60000. */
	readonly leaseMs?: number;
	/** How often the database is asked when no notification arrives, 1 to 3600000 milliseconds. Default 5000. */
	readonly pollIntervalMs?: number;
	/** Attempts after which an event is dead, 1 to 1000. Default 20. */
	readonly maxAttempts?: number;
	/** Upper end of the wait after the first failure, 1 to 86400000 milliseconds; it doubles from there. Default 1000. */
	readonly backoffBaseMs?: number;
	/** The wait between attempts never gets longer than this, 1 to 604800000 milliseconds. Default 3600000. */
	readonly backoffCapMs?: number;
	/** How long `stop()` waits for what is in flight, 0 to 3600000 milliseconds. Default 20000. */
	readonly shutdownGraceMs?: number;
	/**
	 * What the relay is called in attempts, `status` and logs: 1 to 200 characters. Default: the host's name and a random
	 * part.
	 */
	readonly name?: string;
	/**
	 * Is told what needs a person, and when it is over (docs/alerts.md). Give all relays of a database the
	 * same: one of them sends. A secret. Default: none.
	 */
	readonly alertWebhookUrl?: URL | string;
	/** How it is told. Default `generic`: the JSON of docs/alerts.md, or what `alertTemplate` makes of it. */
	readonly alertFormat?: AlertFormat;
	/**
	 * A JSON object to send instead, with `{{title}}` and the other fields of docs/alerts.md in its texts; for `generic`.
	 * A secret.
	 */
	readonly alertTemplate?: object | string;
	/** Headers to send along. Secrets. Default: none. */
	readonly alertHeaders?: Readonly<Record<string, string>> | string;
	/** PagerDuty's integration key, or Opsgenie's API key: required by these two. A secret. */
	readonly alertKey?: string;
	/**
	 * `whsec_` and 24 to 64 bytes in base64: alerts are signed as Standard Webhooks has it. A secret. Default: not
	 * signed.
	 */
	readonly alertSigningSecret?: string;
	/** Where people reach the console, for the links in alerts. Default: no links. */
	readonly consoleUrl?: URL | string;
	/**
	 * Is asked for (GET) while relays live, so that a dead man's switch raises the alarm when they do not. A secret.
	 * Default: none.
	 */
	readonly heartbeatUrl?: URL | string;
	/** How often that is, however many relays there are, 1000 to 3600000 milliseconds. Default 60000. */
	readonly heartbeatIntervalMs?: number;
	/**
	 * A directory that outlives the process, in which the relay keeps what it knows of its database: the next one notices
	 * when the database went back in time (docs/moving-databases.md). Default: none; only a relay that runs notices.
	 */
	readonly stateDir?: string;
	/**
	 * A file to which the last hashes of the record are appended, a JSON line a minute at most (docs/audit.md), where
	 * who changes the database cannot change it. Default: none; they are logged only.
	 */
	readonly anchorFile?: string;
	/** Is told them too (POST), signed as alerts are. A secret. Default: none. */
	readonly anchorWebhookUrl?: URL | string;
	/**
	 * What the operating system says about this process, for the metrics. Default: no metrics of the process but its
	 * event loop.
	 */
	readonly processUsage?: () => ProcessUsage;
	/**
	 * A pino logger or anything shaped like one; `null` logs nothing. Default: warnings and errors go to stderr as JSON
	 * lines, so that a relay in trouble is never silent by accident.
	 */
	readonly logger?: Logger | null;
}
