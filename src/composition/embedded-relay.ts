import { randomBytes, randomUUID } from "node:crypto";
import { OutboxError } from "../errors.ts";
import { type Logger, logEvents } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics/metrics.ts";
import type { ProcessUsage } from "../metrics/process-usage.ts";
import type { Reconciler } from "../reconciliation/reconciler.ts";
import type { HealthReport } from "../relay/health.ts";
import { Listener } from "../relay/listener.ts";
import type { RelaySettings } from "../relay/parts.ts";
import { Relay } from "../relay/relay.ts";
import type { Credentials } from "../reward/credentials.ts";
import { createRewardSender } from "../reward/undici-sender.ts";
import { type Database, isTransient, openDatabase } from "../store/database.ts";
import { readDepth } from "../store/depth.ts";
import { readStake } from "../store/read-stake.ts";
import { createRelayStore } from "../store/relay-store.ts";
import { notify } from "../store/relays.ts";
import { checkSchema } from "../store/schema.ts";
import { subscribe } from "../store/subscription.ts";
import { readTraceContexts } from "../store/trace-contexts.ts";
import { WakeLock } from "../store/wake-lock.ts";
import { systemClock } from "../timing/system-clock.ts";
import { Alerting } from "./alerting.ts";
import { type CheckedOptions, checkedGrace } from "./check-options.ts";
import { readHealth } from "./health.ts";
import { createReconciler } from "./reconciling.ts";
import { persist, reconnect } from "./retrying.ts";
import { stateFileIn } from "./state-file.ts";
import type { TraceRelay } from "./tracing.ts";

/** Claim, settle, give back, reap, and one to spare. */
const CONNECTIONS = 5;
/** A claim waits 10 s for its turn and then takes milliseconds; what takes longer is a server or a network that answers nothing. */
const STATEMENT_TIMEOUT_MS = 12_000;
/** How long closing the connections may take: on a dead network closing is never answered. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What comes from outside besides the options. */
interface Surroundings {
	readonly credentials: Credentials;
	readonly log: Logger;
	readonly trace: TraceRelay;
	/** Undefined: no metrics of the process. */
	readonly processUsage: (() => ProcessUsage) | undefined;
}

/** A relay with everything real: PostgreSQL, Reward over HTTP, the system's clock. */
export class EmbeddedRelay {
	readonly #settings: RelaySettings;
	readonly #graceMs: number;
	readonly #log: Logger;
	readonly #credentials: Credentials;
	readonly #db: Database;
	readonly #inspection: Database;
	readonly #alertDb: Database;
	readonly #wakeLock: WakeLock;
	readonly #metrics: Metrics;
	readonly #trace: TraceRelay;
	readonly #relay: Relay;
	readonly #listener: Listener;
	readonly #alerting: Alerting;
	readonly #reconciler: Reconciler;
	#started: Promise<void> | undefined;
	#stopped: Promise<void> | undefined;

	constructor(options: CheckedOptions, { credentials, log, trace, processUsage }: Surroundings) {
		const { databaseUrl: url, databaseListenUrl: listenUrl } = options;
		this.#settings = options.settings;
		this.#graceMs = options.shutdownGraceMs;
		this.#log = log;
		this.#credentials = credentials;
		this.#trace = trace;
		this.#db = openDatabase({
			url,
			applicationName: "reward-outbox relay",
			maxConnections: CONNECTIONS,
			statementTimeoutMs: STATEMENT_TIMEOUT_MS,
		});
		// Readings for people and monitors have a connection of their own: they never wait for, nor hold up, the delivery.
		const reading = { url, maxConnections: 1, statementTimeoutMs: 5_000 };
		this.#inspection = openDatabase({ ...reading, applicationName: "reward-outbox health" });
		// Connects when it is used only, which is where a webhook or a dead man's switch is configured.
		this.#alertDb = openDatabase({ ...reading, applicationName: "reward-outbox alerts" });
		this.#wakeLock = new WakeLock({
			url: listenUrl,
			onHeld: () => this.#relay.wakeLockChanged("held"),
			onLost: () => this.#relay.wakeLockChanged("lost"),
		});
		this.#metrics = this.#createMetrics(processUsage);
		this.#relay = this.#createRelay(options);
		this.#listener = this.#createListener(listenUrl);
		const { name, version } = options.settings;
		this.#alerting = new Alerting(options.alerts, {
			db: this.#alertDb,
			name,
			userAgent: `reward-outbox/${version}`,
			metrics: this.#metrics,
			log,
		});
		this.#reconciler = createReconciler(this.#inspection, name, log);
	}

	/** Begins to deliver; see {@link RelayHandle}. */
	start(): Promise<void> {
		if (this.#stopped !== undefined) return Promise.reject(stoppedForGood());
		this.#started ??= this.#start().catch((error) => {
			// It may be tried again, when the database has been put right.
			this.#started = undefined;
			throw error;
		});
		return this.#started;
	}

	/** Finishes what is in flight and gives back the rest; see {@link RelayHandle}. */
	async stop(graceMs?: unknown): Promise<void> {
		const grace = typeof graceMs === "number" ? checkedGrace(graceMs) : this.#graceMs;
		this.#stopped ??= this.#shutDown(grace);
		await this.#stopped;
	}

	/** Reads the API key again. True: it has changed, and is tried at once. */
	async reloadKey(): Promise<boolean> {
		const changed = await this.#readKeyAgain();
		if (changed) this.#relay.keyReloaded();
		return changed;
	}

	/** What `/readyz` shows. */
	health(): Promise<HealthReport> {
		return readHealth(this.#inspection, this.#relay);
	}

	/** Prometheus text. */
	metrics(): Promise<string> {
		return this.#metrics.text();
	}

	async #start(): Promise<void> {
		await refuseUnusable(this.#db).catch((error) => {
			// Without connections, because it was stopped meanwhile.
			if (this.#stopped === undefined) throw error;
		});
		// The database may have taken its time.
		if (this.#stopped !== undefined) return;
		const { name, version, concurrency } = this.#settings;
		logEvents.relayStarted(this.#log, { relay: name, version, concurrency });
		this.#metrics.start();
		this.#listener.start();
		this.#relay.start();
		this.#alerting.start();
		this.#reconciler.start();
	}

	#createMetrics(processUsage: (() => ProcessUsage) | undefined): Metrics {
		const { version, concurrency } = this.#settings;
		return createMetrics({
			live: {
				depth: () => readDepth(this.#inspection).catch(() => null),
				stake: () => readStake(this.#inspection),
				relay: () => this.#relay.state,
				pool: () => ({ total: this.#db.totalCount, idle: this.#db.idleCount, waiting: this.#db.waitingCount }),
				concurrency,
			},
			version,
			processUsage,
		});
	}

	#createRelay({ rewardApiUrl: origin, proxyUrl: proxy, stateDir, databaseUrl }: CheckedOptions): Relay {
		const { concurrency, requestTimeoutMs, version } = this.#settings;
		const sender = createRewardSender({
			origin,
			proxy: proxy ?? null,
			credentials: this.#credentials,
			// Requests that hang in a stalled trigger do not count as taken slots: there may be twice as many.
			connections: concurrency * 2,
			timeoutMs: requestTimeoutMs,
			userAgent: `reward-outbox/${version}`,
		});
		const traced = this.#trace({
			store: createRelayStore(this.#db),
			sender,
			readWriters: (eventIds) => readTraceContexts(this.#db, eventIds),
			origin,
			version,
		});
		return new Relay(this.#settings, {
			...traced,
			stateFile: stateDir === undefined ? null : stateFileIn(stateDir, databaseUrl),
			wakeLock: this.#wakeLock,
			clock: systemClock,
			random: Math.random,
			newId: randomUUID,
			log: this.#log,
			observer: this.#metrics.observer,
			persist,
			isTransient,
			reloadKey: () => this.#readKeyAgain(),
		});
	}

	#createListener(url: string): Listener {
		return new Listener({
			clock: systemClock,
			reconnect,
			subscribe: (channels) => subscribe(url, channels, channelOfOurOwn("session")),
			probeChannel: channelOfOurOwn("probe"),
			notify: (channel) => notify(this.#db, channel),
			onNotified: () => this.#relay.notified(),
			onSession: () => this.#relay.listenerChanged(this.#listener.mode, this.#listener.sessionId),
			onMode: (mode, reason) => {
				this.#relay.listenerChanged(mode, this.#listener.sessionId);
				logEvents.listenerChanged(this.#log, { mode, reason });
			},
		});
	}

	async #readKeyAgain(): Promise<boolean> {
		try {
			const changed = await this.#credentials.reload();
			if (changed) logEvents.keyReloaded(this.#log, { changed });
			return changed;
		} catch (error) {
			logEvents.keyUnreadable(this.#log, { reason: error instanceof Error ? error.message : String(error) });
			return false;
		}
	}

	async #shutDown(graceMs: number): Promise<void> {
		const alertsStopped = Promise.all([this.#alerting.stop(), this.#reconciler.stop()]);
		const { givenBack, abandoned } = await this.#relay.stop(graceMs);
		await this.#listener.stop();
		const readersGone = async () => {
			await alertsStopped;
			await Promise.all([this.#alertDb.end(), this.#inspection.end()]);
		};
		this.#wakeLock.release();
		const closing = Promise.all([this.#db.end(), readersGone()]);
		await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())]);
		this.#metrics.stop();
		logEvents.relayStopped(this.#log, { given_back: givenBack, abandoned });
	}
}

function stoppedForGood(): OutboxError {
	return new OutboxError("relay_stopped", "this relay has been stopped, and a stopped relay stays stopped", {
		hint: "create another one with createRelay()",
	});
}

/** A channel that nobody else listens to. */
function channelOfOurOwn(purpose: string): string {
	return `reward_outbox_${purpose}_${randomBytes(6).toString("hex")}`;
}

/** A database that does not answer will, some day; one that answers "no" needs a person. */
async function refuseUnusable(db: Database): Promise<void> {
	await checkSchema(db).catch((error) => {
		if (error instanceof OutboxError || !isTransient(error)) throw error;
	});
}
