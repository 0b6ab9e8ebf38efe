import { randomUUID } from "node:crypto";
import type { Anchorer } from "../audit/anchorer.ts";
import type { Chainer } from "../audit/chainer.ts";
import { proxyFor } from "../config/proxy-part.ts";
import { textOf } from "../connection/address.ts";
import { type Logger, logEvents } from "../log.ts";
import type { DepthReading } from "../metrics/gauges.ts";
import { createMetrics, type Metrics } from "../metrics/metrics.ts";
import type { ProcessUsage } from "../metrics/process-usage.ts";
import type { Reconciler } from "../reconciliation/reconciler.ts";
import type { HealthReport } from "../relay/health.ts";
import { Listener } from "../relay/listener.ts";
import { everyObserver, SILENT_OBSERVER } from "../relay/observers.ts";
import type { RelaySettings } from "../relay/parts.ts";
import { Relay } from "../relay/relay.ts";
import { type RequestBudget, type Share, UNSHARED } from "../relay/request-budget.ts";
import type { WakeLock } from "../relay/wake-mode.ts";
import type { Retainer } from "../retention/retainer.ts";
import type { Credentials } from "../reward/credentials.ts";
import type { Sender } from "../reward/sender.ts";
import { createRewardSender, type RewardHttp } from "../reward/undici-sender.ts";
import type { Database } from "../store/database.ts";
import { isTransient } from "../store/database-error.ts";
import { readDepth } from "../store/depth.ts";
import { readStake } from "../store/read-stake.ts";
import { createRelayStore } from "../store/relay-store.ts";
import { notify, servingRelay } from "../store/relays.ts";
import { readTraceContexts } from "../store/trace-contexts.ts";
import { systemClock } from "../timing/system-clock.ts";
import { Alerting } from "./alerting.ts";
import { createAnchorer, createChainer } from "./anchoring.ts";
import { type CheckedOptions, checkedGrace } from "./check-options.ts";
import { channelOfOurOwn, connectionsOfMany, connectionsOfOne, type RelayConnections } from "./connections.ts";
import { readHealth } from "./health.ts";
import { createReconciler } from "./reconciling.ts";
import { refuseUnusable, stoppedForGood } from "./refusals.ts";
import { createRetainer } from "./retaining.ts";
import { persist, reconnect } from "./retrying.ts";
import { stateFileIn } from "./state-file.ts";
import type { TraceRelay } from "./tracing.ts";

/** How long closing the connections may take: on a dead network closing is never answered. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What comes from outside besides the options. */
export interface Surroundings {
	readonly credentials: Credentials;
	readonly log: Logger;
	readonly trace: TraceRelay;
	/** Undefined: no metrics of the process. */
	readonly processUsage: (() => ProcessUsage) | undefined;
	/** What relays of other databases in this process have as well; left out: there are none. */
	readonly shared?: SharedParts;
}

/** What the relays of many databases share. */
export interface SharedParts {
	readonly http: RewardHttp;
	readonly budget: RequestBudget;
	/** The database's name. */
	readonly database: string;
}

/** A relay with everything real: PostgreSQL, Reward over HTTP, the system's clock. */
export class EmbeddedRelay {
	readonly #settings: RelaySettings;
	readonly #graceMs: number;
	readonly #log: Logger;
	readonly #credentials: Credentials;
	readonly #db: Database;
	readonly #connections: RelayConnections;
	readonly #share: Share | null;
	readonly #wakeLock: WakeLock;
	readonly #metrics: Metrics;
	readonly #trace: TraceRelay;
	readonly #relay: Relay;
	readonly #listener: Listener;
	readonly #alerting: Alerting;
	readonly #reconciler: Reconciler;
	readonly #retainer: Retainer;
	readonly #chainer: Chainer;
	readonly #anchorer: Anchorer;
	#started: Promise<void> | undefined;
	#stopped: Promise<void> | undefined;

	constructor(options: CheckedOptions, { credentials, log, trace, processUsage, shared }: Surroundings) {
		this.#settings = options.settings;
		this.#graceMs = options.shutdownGraceMs;
		this.#log = log;
		this.#credentials = credentials;
		this.#trace = trace;
		this.#connections = shared === undefined ? connectionsOfOne(options) : connectionsOfMany(options);
		this.#db = this.#connections.db;
		this.#share = shared?.budget.join(() => this.#relay.roomIsThere()) ?? null;
		this.#wakeLock = this.#connections.createWakeLock({
			onHeld: () => this.#relay.wakeLockChanged("held"),
			onLost: () => this.#relay.wakeLockChanged("lost"),
		});
		this.#metrics = this.#createMetrics(processUsage, shared?.database);
		this.#relay = this.#createRelay(options, shared?.http);
		this.#listener = this.#createListener();
		const { name, version } = options.settings;
		const outside = { proxy: options.proxy, userAgent: `reward-outbox/${version}` };
		const { alertDb: db } = this.#connections;
		this.#alerting = new Alerting(options.alerts, { ...outside, db, name, metrics: this.#metrics, log });
		this.#reconciler = createReconciler(this.#connections.inspection, name, options.settings.pace.receiptsMs, log);
		// With the alerts: on a connection that delivery has no use for, and that is opened when it is used only.
		this.#retainer = createRetainer(this.#connections.alertDb, this.#connections.inspection, log);
		const { alertSigningSecret } = options.alerts;
		const anchors = { ...options.anchors, ...(alertSigningSecret && { alertSigningSecret }), ...outside };
		this.#chainer = createChainer(this.#connections.inspection, () => this.#relay.relayNo);
		this.#anchorer = createAnchorer(this.#connections.inspection, this.#chainer, anchors, log);
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
		return readHealth(this.#connections.inspection, this.#relay);
	}

	/** What is known of it without asking anybody. */
	get state(): Relay["state"] {
		return this.#relay.state;
	}

	/** The name of the relay that serves this database: this one's, or that of another one that is at work there. */
	servingRelay(): Promise<string> {
		return servingRelay(this.#connections.inspection, this.#settings.name);
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
		this.#retainer.start();
		this.#anchorer.start();
	}

	#createMetrics(processUsage: (() => ProcessUsage) | undefined, database: string | undefined): Metrics {
		const { version, concurrency } = this.#settings;
		return createMetrics({
			live: {
				depth: () => this.#readDepth(database === undefined),
				stake: () => readStake(this.#connections.inspection),
				relay: () => this.#relay.state,
				pool: () => this.#connections.count(),
				concurrency,
			},
			version,
			processUsage,
			database,
		});
	}

	/** One database among many is not asked while it is known not to answer: the others' readings would wait for it. */
	async #readDepth(isAlone: boolean): Promise<DepthReading | null> {
		if (!isAlone && !this.#relay.state.databaseOk) return null;
		return readDepth(this.#connections.inspection).catch(() => null);
	}

	#createRelay({ stateDir, databaseUrl, ...way }: CheckedOptions, http: RewardHttp | undefined): Relay {
		const { version } = this.#settings;
		const { rewardApiUrl: origin } = way;
		const sender = http?.sender(this.#credentials) ?? this.#createSender(way);
		const traced = this.#trace({
			store: createRelayStore(this.#db, (count) => logEvents.sessionsEnded(this.#log, { count })),
			sender,
			readWriters: (eventIds) => readTraceContexts(this.#db, eventIds),
			origin,
			version,
		});
		return new Relay(this.#settings, {
			...traced,
			slots: this.#share ?? UNSHARED,
			stateFile: stateDir === undefined ? null : stateFileIn(stateDir, textOf(databaseUrl)),
			wakeLock: this.#wakeLock,
			clock: systemClock,
			random: Math.random,
			newId: randomUUID,
			log: this.#log,
			observer: everyObserver([
				this.#metrics.observer,
				{ ...SILENT_OBSERVER, settled: () => this.#chainer.recorded() },
			]),
			persist,
			isTransient,
			reloadKey: () => this.#readKeyAgain(),
		});
	}

	#createSender({ rewardApiUrl: origin, proxy }: Pick<CheckedOptions, "rewardApiUrl" | "proxy">): Sender {
		const { concurrency, requestTimeoutMs, version } = this.#settings;
		return createRewardSender({
			origin,
			proxy: proxyFor(origin, proxy),
			credentials: this.#credentials,
			// Requests that hang in a stalled trigger do not count as taken slots: there may be twice as many.
			connections: concurrency * 2,
			timeoutMs: requestTimeoutMs,
			userAgent: `reward-outbox/${version}`,
		});
	}

	#createListener(): Listener {
		return new Listener({
			clock: systemClock,
			probeIntervalMs: this.#settings.pace.probeMs,
			reconnect,
			subscribe: (channels) => this.#connections.subscribe(channels),
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
		const alertsStopped = Promise.all([this.#alerting.stop(), this.#reconciler.stop(), this.#retainer.stop()]);
		const { givenBack, abandoned } = await this.#relay.stop(graceMs);
		this.#share?.leave();
		await this.#listener.stop();
		this.#wakeLock.release();
		// The last results are on record now.
		const anchored = this.#chainer.stop().then(() => this.#anchorer.stop());
		const closing = this.#connections.end(Promise.all([alertsStopped, anchored]));
		await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())]);
		this.#metrics.stop();
		logEvents.relayStopped(this.#log, { given_back: givenBack, abandoned });
	}
}
