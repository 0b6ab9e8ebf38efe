import { createRequire } from "node:module";
import pino from "pino";
import type { LogLevel } from "./config/value.ts";
import { escapeForTerminal } from "./escape.ts";
import type { Decision } from "./event/decide.ts";
import type { DeliveryMode } from "./event/event.ts";
import type { OutcomeClass } from "./event/outcome.ts";
import type { PauseCode, TriggerPauseCode } from "./event/pause.ts";
import type { Logger } from "./logger.ts";
import { redactSecrets } from "./redact.ts";

export type { Logger } from "./logger.ts";

export interface LoggerOptions {
	/** Lines below this level are not written; `silent` writes none. */
	readonly level: LogLevel;
	/** Where the lines go. Its errors are its owner's business. */
	readonly stream: { write(line: string): unknown };
	/** Lines for people instead of JSON: for a terminal. */
	readonly pretty: boolean;
	/** Colours in pretty lines. Default false. */
	readonly colour?: boolean;
}

const PRETTY_VALUE_CAP = 500;
const PRETTY_STACK_LINES = 12;

/** Fields that are censored should one ever be logged by mistake. */
const CENSORED_FIELDS = [
	"authorization",
	"password",
	"rewardApiKey",
	"adminToken",
	"webhookToken",
	"databaseUrl",
	"databaseListenUrl",
	"consoleDatabaseUrl",
];

/**
 * One JSON line per event, with the time in ISO 8601 and the level as a word. What looks like a secret is taken out of
 * every line, wherever in it it stands.
 */
export function createLogger(options: LoggerOptions): Logger {
	const format = options.pretty ? prettyLine(options.colour ?? false) : (line: string) => line;
	return pino(
		{
			level: options.level,
			base: null,
			timestamp: pino.stdTimeFunctions.isoTime,
			formatters: { level: (label) => ({ level: label }) },
			redact: { paths: CENSORED_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[redacted]" },
		},
		{ write: (line: string) => void options.stream.write(format(redactSecrets(line))) },
	);
}

/** Logs nothing. */
export const SILENT: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/** For a relay that was given no logger: what needs somebody's attention goes to stderr. */
export function defaultLogger(): Logger {
	// Written at once: the next thing a process in trouble does may be its last.
	const stderr = pino.destination({ fd: 2, sync: true });
	return createLogger({ level: "warn", stream: { write: (line: string) => stderr.write(line) }, pretty: false });
}

function prettyLine(colour: boolean): (line: string) => string {
	// Loaded on demand: a daemon that writes JSON never needs it.
	const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
	const prettify = prettyFactory({ colorize: colour, translateTime: "SYS:HH:MM:ss.l", singleLine: true });
	// JSON escapes what a terminal would obey; decoded for reading, it has to be escaped again.
	return (line) =>
		prettify(JSON.parse(line, (key, value) => (typeof value === "string" ? visible(key, value) : value)));
}

function visible(key: string, text: string): string {
	if (key !== "stack") return escapeForTerminal(text, PRETTY_VALUE_CAP);
	return text
		.split("\n", PRETTY_STACK_LINES)
		.map((line) => escapeForTerminal(line))
		.join("\n");
}

/**
 * How one attempt ended, as it is logged; docs/logs.md tells the fields. Neither the payload nor the user is part of
 * it.
 */
export interface AttemptLine {
	readonly event_id: string;
	readonly trigger_id: string;
	readonly relay: string;
	/** 1 for the first. */
	readonly attempt: number;
	readonly mode: DeliveryMode;
	readonly outcome: OutcomeClass;
	/** Null when no response arrived. */
	readonly http_status: number | null;
	/** Reward's code, a network error's, or ours; null when there is none. */
	readonly error_code: string | null;
	/** One line for a person; null when there is none. */
	readonly error_message: string | null;
	/** Since the event was written, or due, until it was claimed. */
	readonly age_ms: number;
	/** From the start of the request to its verdict. */
	readonly duration_ms: number;
	/** What becomes of the event. */
	readonly next: Decision["next"];
	/** While it is pending: how long until it is due again. Null otherwise. */
	readonly next_attempt_in_ms: number | null;
}

const ATTEMPT_LEVELS = { delivered: "info", pending: "warn", dead: "error", uncertain: "warn" } as const;
const ATTEMPT_MESSAGES = {
	delivered: "event delivered",
	pending: "attempt failed, will be retried",
	dead: "event is dead",
	uncertain: "event is uncertain: it may or may not have been applied",
} as const satisfies Record<AttemptLine["next"], string>;

/** Every message the relay and the sandbox log: the wording is in one place, so that it can be searched for. */
export const logEvents = {
	/** The one wide line per attempt. */
	attempt: (log: Logger, line: AttemptLine) => log[ATTEMPT_LEVELS[line.next]](line, ATTEMPT_MESSAGES[line.next]),
	relayStarted: (log: Logger, fields: { relay: string; version: string; concurrency: number }) =>
		log.info(fields, "relay started"),
	relayStopping: (log: Logger, fields: { in_flight: number; grace_ms: number }) =>
		log.info(fields, "relay is stopping: finishing what is in flight"),
	relayStopped: (log: Logger, fields: { given_back: number; abandoned: number }) => log.info(fields, "relay stopped"),
	fleetStarted: (log: Logger, fields: { relay: string; databases: number; concurrency: number }) =>
		log.info(fields, "relay for many databases started"),
	fleetStopped: (log: Logger, fields: { databases: number }) => log.info(fields, "relay for many databases stopped"),
	databasesReloaded: (
		log: Logger,
		fields: { databases: number; added: number; removed: number; changed: number; unchanged: number },
	) => log.info(fields, "file with the databases was read again"),
	databasesUnreadable: (log: Logger, fields: { problems: readonly string[] }) =>
		log.error(fields, "file with the databases is not usable, what was running goes on"),
	databaseRefused: (log: Logger, fields: { error_code: string; reason: string; retry_in_ms: number }) =>
		log.error(fields, "database cannot be used, will be tried again"),
	databaseLeft: (log: Logger, fields: { served_by: string }) => log.info(fields, "database is left to another relay"),
	databaseTaken: (log: Logger, fields: { served_before_by: string }) =>
		log.info(fields, "database is served from here: no other relay does"),
	httpListening: (log: Logger, fields: { url: string }) => log.info(fields, "http server is listening"),
	httpFailed: (log: Logger, fields: { method: string; route: string; err: unknown }) =>
		log.error(fields, "http request failed"),
	listenerChanged: (log: Logger, fields: { mode: string; reason: string | null }) =>
		log[fields.mode === "listening" ? "info" : "warn"](fields, `listener is ${fields.mode}`),
	databaseLost: (log: Logger, fields: { error_code: string | null; retry_in_ms: number }) =>
		log.warn(fields, "database does not answer"),
	sessionsEnded: (log: Logger, fields: { count: number }) =>
		log.warn(fields, "sessions of relays that were cut off were ended: they kept their locks"),
	databaseBack: (log: Logger, fields: { down_ms: number }) => log.info(fields, "database answers again"),
	paused: (
		log: Logger,
		fields: {
			scope: "relay" | "trigger";
			trigger_id: string | null;
			code: PauseCode | TriggerPauseCode;
			reason: string;
		},
	) => log.error(fields, "sending is paused"),
	resumed: (log: Logger, fields: { scope: "relay" | "trigger"; trigger_id: string | null }) =>
		log.info(fields, "sending is resumed"),
	failoverFollowed: (log: Logger, fields: { timeline: string }) =>
		log.warn(fields, "a failover was followed: nothing of this relay is missing"),
	resultsTold: (log: Logger, fields: { recorded: number; missing: number }) =>
		log.error(fields, "the database lost results, and was told them again"),
	stateNotKept: (log: Logger, fields: { reason: string }) =>
		log.warn(fields, "what is known of the database could not be kept or read"),
	leasesReaped: (log: Logger, fields: { count: number }) =>
		log.warn(fields, "expired leases were reaped: their attempts count as ambiguous"),
	keyReloaded: (log: Logger, fields: { changed: boolean }) => log.info(fields, "api key was read again"),
	keyUnreadable: (log: Logger, fields: { reason: string }) =>
		log.error(fields, "api key could not be read again, the old one stays in use"),
	tokensReloaded: (log: Logger, fields: { tokens: number }) => log.info(fields, "console tokens were read again"),
	tokensUnreadable: (log: Logger, fields: { reason: string }) =>
		log.error(fields, "console tokens could not be read again, the old ones stay in use"),
	secretReadableByAll: (log: Logger, fields: { variable: string }) =>
		log.warn(fields, "a file with a secret can be read by every user of this machine"),
	loginFailed: (log: Logger, fields: { address: string; by: "login" | "bearer" }) =>
		log.warn(fields, "a wrong token was presented"),
	oidcFailed: (log: Logger, fields: { address: string; code: string; reason: string }) =>
		log.warn(fields, "signing in with OpenID Connect failed"),
	signedIn: (log: Logger, fields: { name: string; role: string; by: string }) => log.info(fields, "somebody signed in"),
	signInUnrecorded: (log: Logger, fields: { error_code: string | null }) =>
		log.warn(fields, "a sign-in could not be put on record"),
	consoleRights: (log: Logger, fields: { user: string; may: "nothing" | "read"; hint: string }) =>
		log.warn(fields, fields.may === "read" ? "the console can only read" : "the console may not read the outbox"),
	bulkStarted: (log: Logger, fields: { run: string; action: string; actor: string }) =>
		log.info(fields, "bulk run started"),
	bulkEnded: (log: Logger, fields: { run: string; state: string; done: number; skipped: number }) =>
		log[fields.state === "failed" ? "error" : "info"](fields, "bulk run ended"),
	bulkInterrupted: (log: Logger, fields: { run: string; error_code: string | null }) =>
		log.warn(fields, "bulk run interrupted, going on"),
	backfillStarted: (log: Logger, fields: { backfill: string; watch: string; actor: string | null }) =>
		log.info(fields, "backfill started"),
	backfillEnded: (log: Logger, fields: { backfill: string; watch: string; state: "done" | "stopped" | "failed" }) =>
		log[fields.state === "failed" ? "error" : "info"](fields, "backfill ended"),
	backfillInterrupted: (log: Logger, fields: { backfill: string; error_code: string | null }) =>
		log.warn(fields, "backfill interrupted, going on"),
	alertTold: (log: Logger, fields: { status: string; code: string; subject: string | null }) =>
		log.info(fields, "alert was sent"),
	alertNotTaken: (log: Logger, fields: { status: string; code: string; subject: string | null; error_code: string }) =>
		log.warn(fields, "alert could not be sent, will be tried again"),
	alertsUnread: (log: Logger, fields: { error_code: string | null }) =>
		log.warn(fields, "what needs a person could not be read"),
	heartbeatFailed: (log: Logger, fields: { error_code: string }) =>
		log.warn(fields, "the dead man's switch could not be pinged"),
	heartbeatBack: (log: Logger) => log.info({}, "the dead man's switch is pinged again"),
	webhooksListening: (log: Logger, fields: { url: string }) => log.info(fields, "webhook receiver is listening"),
	webhookQuarantined: (log: Logger) => log.warn({}, "a webhook of unknown shape was set aside"),
	webhookTurnedAway: (log: Logger, fields: { status: number; error_code: string | null }) =>
		log.warn(fields, "a webhook could not be taken, Reward will send it again"),
	webhookTokenReloaded: (log: Logger, fields: { changed: boolean }) => log.info(fields, "webhook token was read again"),
	webhookTokenUnreadable: (log: Logger, fields: { reason: string }) =>
		log.error(fields, "webhook token could not be read again, the old one stays in use"),
	reconciled: (
		log: Logger,
		fields: {
			event_id: string;
			trigger_id: string;
			verdict: string;
			receipts: number;
			accepted: number;
			ambiguous: number;
		},
	) => log.info(fields, "an event was decided by receipts"),
	reconcilingStopped: (log: Logger, fields: { trigger_id: string; reason: "burst" | "daily_cap" }) =>
		log.warn(fields, "receipts decide nothing more of a trigger for now"),
	receiptsUnread: (log: Logger, fields: { error_code: string | null }) =>
		log.warn(fields, "receipts could not be compared with what was sent"),
	retained: (log: Logger, fields: { deleted: number; stripped: number }) =>
		log.info(fields, "what is kept no longer was removed"),
	retainingFailed: (log: Logger, fields: { error_code: string | null }) =>
		log.warn(fields, "what is kept no longer could not be removed"),
	anchored: (
		log: Logger,
		fields: { installation: string; heads: readonly { chain: string; entry_no: number; hash: string }[] },
	) => log.info(fields, "record anchored"),
	anchorNotTaken: (log: Logger, fields: { place: string; error_code: string }) =>
		log.warn(fields, "an anchor of the record could not be told, will be told again"),
	anchorUnread: (log: Logger, fields: { error_code: string | null }) =>
		log.warn(fields, "the last hashes of the record could not be read"),
	linesDropped: (log: Logger, fields: { count: number }) =>
		log.warn(fields, "log lines were dropped: their reader did not take them"),
	sandboxStopped: (log: Logger) => log.info({}, "sandbox stopped"),
} as const;

/** A log of which every line has these fields as well. */
export function withFields(log: Logger, fields: object): Logger {
	const level =
		(name: keyof Logger): Logger["info"] =>
		(own, message) =>
			log[name]({ ...fields, ...own }, message);
	return {
		trace: level("trace"),
		debug: level("debug"),
		info: level("info"),
		warn: level("warn"),
		error: level("error"),
		fatal: level("fatal"),
	};
}
