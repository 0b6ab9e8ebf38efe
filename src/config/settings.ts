import { ALERT_SETTINGS } from "./alert-settings.ts";
import { ANCHOR_SETTINGS } from "./anchor-settings.ts";
import { DATABASE_SETTINGS } from "./database-settings.ts";
import { parseNoProxy } from "./no-proxy.ts";
import { OIDC_SETTINGS } from "./oidc-settings.ts";
import { onOff, type Setting, text, whole } from "./setting.ts";
import {
	parseDatabaseUrl,
	parseDirectory,
	parseFilePath,
	parseHostNames,
	parseHttpAddress,
	parseLogLevel,
	parseNetworks,
	parseOrigin,
	parseProxyUrl,
	parseSecret,
	parseSwitch,
} from "./value.ts";
import { WEBHOOK_SETTINGS } from "./webhook-settings.ts";

/** Where Reward is, unless a setting says otherwise. */
export const REWARD_API_URL = "https://api.rewardplugin.com";

/** A lease must outlive a request by this much: the time to claim before it and to settle after it. Milliseconds. */
export const LEASE_MARGIN_MS = 5000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Every setting there is, in the order of the documentation. The keys are the names of the configuration's fields. */
export const SETTINGS = {
	...DATABASE_SETTINGS,
	rewardApiKey: text({
		variable: "REWARD_API_KEY",
		option: "rewardApiKey",
		meaning: "the API key",
		shownDefault: "required by a relay, or the file",
		parse: parseSecret,
		isSecret: true,
	}),
	rewardApiKeyFile: text({
		variable: "REWARD_API_KEY_FILE",
		meaning: "a file with the API key; read again on SIGHUP and after a 401",
		shownDefault: "none",
		parse: parseFilePath,
		// A secret is easily pasted here.
		isSecret: true,
	}),
	rewardApiUrl: text({
		variable: "REWARD_API_URL",
		option: "rewardApiUrl",
		meaning: "origin of the API; http: only for loopback, or for tests as the next one allows it",
		shownDefault: REWARD_API_URL,
		parse: parseOrigin,
	}),
	allowHttp: onOff({
		variable: "REWARD_OUTBOX_ALLOW_HTTP",
		option: "allowHttp",
		meaning: "lets a sk_test_ key go out over http: to another machine",
		shownDefault: "off",
		parse: parseSwitch,
	}),
	proxyUrl: text({
		variable: "HTTPS_PROXY",
		otherVariable: "https_proxy",
		option: "proxyUrl",
		meaning: "an HTTP proxy, http://user:password@host:port, that opens the way to an https: API",
		shownDefault: "none",
		parse: parseProxyUrl,
		isSecret: true,
	}),
	noProxy: text({
		variable: "NO_PROXY",
		otherVariable: "no_proxy",
		option: "noProxy",
		meaning: "hosts, domains and networks that are reached without that proxy, separated by commas; * for all",
		shownDefault: "none",
		parse: parseNoProxy,
	}),
	concurrency: whole({
		variable: "REWARD_OUTBOX_CONCURRENCY",
		option: "concurrency",
		meaning: "requests in flight at most",
		range: [1, 4096],
		default: 64,
	}),
	requestTimeoutMs: whole({
		variable: "REWARD_OUTBOX_REQUEST_TIMEOUT_MS",
		option: "requestTimeoutMs",
		meaning: "total deadline of one attempt, from the first byte to the last",
		range: [10, 600_000],
		default: 15_000,
	}),
	leaseMs: whole({
		variable: "REWARD_OUTBOX_LEASE_MS",
		option: "leaseMs",
		meaning: `how long a claim holds; must exceed the request timeout by ${LEASE_MARGIN_MS}`,
		range: [1000, DAY_MS],
		default: 60_000,
	}),
	pollIntervalMs: whole({
		variable: "REWARD_OUTBOX_POLL_INTERVAL_MS",
		option: "pollIntervalMs",
		meaning: "how often the database is asked when no notification arrives",
		range: [1, HOUR_MS],
		default: 5_000,
	}),
	maxAttempts: whole({
		variable: "REWARD_OUTBOX_MAX_ATTEMPTS",
		option: "maxAttempts",
		meaning: "attempts after which an event is dead",
		range: [1, 1000],
		default: 20,
	}),
	backoffBaseMs: whole({
		variable: "REWARD_OUTBOX_BACKOFF_BASE_MS",
		option: "backoffBaseMs",
		meaning: "upper end of the wait after the first failure; it doubles from there",
		range: [1, DAY_MS],
		default: 1_000,
	}),
	backoffCapMs: whole({
		variable: "REWARD_OUTBOX_BACKOFF_CAP_MS",
		option: "backoffCapMs",
		meaning: "the wait between attempts never gets longer than this",
		range: [1, 7 * DAY_MS],
		default: HOUR_MS,
	}),
	http: text({
		variable: "REWARD_OUTBOX_HTTP_ADDR",
		meaning: "health, metrics, console, API; port 0 takes a free one and logs it",
		shownDefault: "127.0.0.1:8787",
		parse: parseHttpAddress,
	}),
	adminToken: text({
		variable: "REWARD_OUTBOX_ADMIN_TOKEN",
		meaning: "the token of an operator called admin; needed by everything on that address but health",
		shownDefault: "none: those parts are off",
		parse: parseSecret,
		isSecret: true,
	}),
	adminTokenFile: text({
		variable: "REWARD_OUTBOX_ADMIN_TOKEN_FILE",
		meaning: "a file with that token; read again on SIGHUP",
		shownDefault: "none",
		parse: parseFilePath,
		// A secret is easily pasted here.
		isSecret: true,
	}),
	tokensFile: text({
		variable: "REWARD_OUTBOX_TOKENS_FILE",
		meaning: 'a file with a line "name role token" for each person, role viewer or operator; read again on SIGHUP',
		shownDefault: "none",
		parse: parseFilePath,
		// A secret is easily pasted here.
		isSecret: true,
	}),
	...OIDC_SETTINGS,
	allowedHosts: text({
		variable: "REWARD_OUTBOX_ALLOWED_HOSTS",
		meaning: "further host names under which that address may be asked for, separated by commas",
		shownDefault: "loopback, the bound and the machine's addresses",
		parse: parseHostNames,
	}),
	trustedProxies: text({
		variable: "REWARD_OUTBOX_TRUSTED_PROXIES",
		meaning:
			"addresses and networks of proxies whose X-Forwarded-For says where a wrong token came from, separated by commas",
		shownDefault: "none: the address of the connection",
		parse: parseNetworks,
	}),
	consoleDatabaseUrl: text({
		variable: "REWARD_OUTBOX_CONSOLE_DATABASE_URL",
		meaning: "the console's own connection",
		shownDefault: "the database's",
		parse: parseDatabaseUrl,
		isSecret: true,
	}),
	shutdownGraceMs: whole({
		variable: "REWARD_OUTBOX_SHUTDOWN_GRACE_MS",
		option: "shutdownGraceMs",
		meaning: "how long a stopping relay waits for what is in flight; 0 does not wait",
		range: [0, HOUR_MS],
		default: 20_000,
	}),
	...WEBHOOK_SETTINGS,
	...ANCHOR_SETTINGS,
	...ALERT_SETTINGS,
	stateDir: text({
		variable: "REWARD_OUTBOX_STATE_DIR",
		option: "stateDir",
		meaning:
			"a directory that outlives the process, in which a relay keeps what it knows of its database: docs/moving-databases.md",
		shownDefault: "none",
		parse: parseDirectory,
	}),
	logLevel: text({
		variable: "LOG_LEVEL",
		meaning: "trace, debug, info, warn, error, fatal, silent; JSON lines, pretty on a terminal",
		shownDefault: "info",
		parse: parseLogLevel,
	}),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** Every setting, without what sets one apart from another. */
export const ALL_SETTINGS: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** Every variable that is read. */
export const VARIABLES: readonly string[] = ALL_SETTINGS.map(({ variable }) => variable);
