import type { DatabaseEntry } from "../../config/databases-file.ts";
import { proxyFor } from "../../config/proxy-part.ts";
import { ConfigurationError } from "../../errors.ts";
import { type Logger, logEvents } from "../../log.ts";
import type { ProcessUsage } from "../../metrics/process-usage.ts";
import { RequestBudget } from "../../relay/request-budget.ts";
import { RewardHttp } from "../../reward/undici-sender.ts";
import { systemClock } from "../../timing/system-clock.ts";
import { packageVersion } from "../../version.ts";
import { relayName } from "../check-options.ts";
import { loadTracing, type TraceRelay } from "../tracing.ts";
import { type FleetHealth, healthOf, type ReloadState } from "./health.ts";
import { FleetMetrics } from "./metrics.ts";
import { Sharing } from "./sharing.ts";
import { Tenant, type TenantOptions } from "./tenant.ts";

/**
 * Relays of a fleet begin so far apart, and all of them within the second time: nobody's server is asked by all at
 * once.
 */
const START_APART_MS = 20;
const STARTED_WITHIN_MS = 10_000;

export interface FleetOptions extends Omit<TenantOptions, "shared" | "log" | "trace" | "relayName"> {
	/** Requests in flight at most, over all databases. */
	readonly concurrency: number;
	readonly requestTimeoutMs: number;
	readonly shutdownGraceMs: number;
	/** The databases as they are wanted now. @throws ConfigurationError */
	readonly load: () => Promise<readonly DatabaseEntry[]>;
	readonly processUsage: (() => ProcessUsage) | undefined;
	readonly log: Logger;
}

/** @throws ConfigurationError when the databases cannot be loaded: at the start that is an end. */
export async function createFleet(options: FleetOptions): Promise<Fleet> {
	const [entries, trace] = await Promise.all([options.load(), loadTracing()]);
	return new Fleet(options, entries, trace);
}

/** Relays for many databases in one process. They share the way to Reward and nothing else. */
export class Fleet {
	readonly #options: FleetOptions;
	readonly #http: RewardHttp;
	readonly #budget: RequestBudget;
	readonly #metrics: FleetMetrics;
	readonly #trace: TraceRelay;
	readonly #sharing: Sharing;
	readonly #relayName = relayName();
	readonly #tenants = new Map<string, Tenant>();
	/** Those that were removed or changed, until they have ended. */
	readonly #leaving = new Set<Promise<void>>();
	readonly #first: readonly DatabaseEntry[];
	#reloading: Promise<void> = Promise.resolve();
	#reload: ReloadState = { ok: true, problems: 0, at: null };
	#stopped: Promise<void> | undefined;

	/** Use {@link createFleet}. */
	constructor(options: FleetOptions, entries: readonly DatabaseEntry[], trace: TraceRelay) {
		const { concurrency, requestTimeoutMs, rewardApiUrl, proxy, processUsage } = options;
		this.#options = options;
		this.#first = entries;
		this.#trace = trace;
		this.#budget = new RequestBudget(concurrency, systemClock);
		this.#http = new RewardHttp({
			origin: rewardApiUrl,
			proxy: proxyFor(rewardApiUrl, proxy),
			// Requests that hang are not counted: there may be more than the budget, and the budget bounds how many.
			connections: RequestBudget.most(concurrency, entries.length),
			timeoutMs: requestTimeoutMs,
			userAgent: `reward-outbox/${packageVersion()}`,
		});
		this.#metrics = new FleetMetrics({
			version: packageVersion(),
			processUsage,
			budget: this.#budget,
			concurrency,
			tenants: () => this.tenants,
			reload: () => this.#reload,
		});
		this.#sharing = new Sharing({ tenants: () => this.tenants, clock: systemClock, random: Math.random });
	}

	get tenants(): readonly Tenant[] {
		return [...this.#tenants.values()];
	}

	/** Begins with all databases; does not wait for any. */
	start(): void {
		if (this.#stopped !== undefined) return;
		const { concurrency, log } = this.#options;
		logEvents.fleetStarted(log, { relay: this.#relayName, databases: this.#first.length, concurrency });
		this.#metrics.start();
		this.#add(this.#first);
		this.#sharing.start();
	}

	/** Reads the file and every key again. What is broken changes nothing. One at a time; they queue. */
	reload(): Promise<void> {
		this.#reloading = this.#reloading.then(() => this.#reloadOnce());
		return this.#reloading;
	}

	health(): FleetHealth {
		return healthOf(this.tenants, this.#reload);
	}

	metrics(): Promise<string> {
		return this.#metrics.text();
	}

	/** Every relay finishes what is in flight and gives back the rest. May be called twice. */
	stop(graceMs = this.#options.shutdownGraceMs): Promise<void> {
		this.#stopped ??= this.#shutDown(graceMs);
		return this.#stopped;
	}

	async #shutDown(graceMs: number): Promise<void> {
		await this.#sharing.stop();
		for (const tenant of this.#tenants.values()) this.#leave(tenant, graceMs);
		await Promise.all(this.#leaving);
		await this.#http.close();
		this.#metrics.stop();
		logEvents.fleetStopped(this.#options.log, { databases: this.#tenants.size });
	}

	async #reloadOnce(): Promise<void> {
		if (this.#stopped !== undefined) return;
		const { log, load } = this.#options;
		try {
			this.#follow(await load());
			this.#told({ ok: true, problems: 0, at: new Date().toISOString() });
		} catch (error) {
			const problems =
				error instanceof ConfigurationError ? error.problems.map(({ message }) => message) : [String(error)];
			logEvents.databasesUnreadable(log, { problems });
			this.#told({ ok: false, problems: problems.length, at: new Date().toISOString() });
		}
	}

	#told(reload: ReloadState): void {
		this.#reload = reload;
		this.#metrics.reloaded(reload.ok);
	}

	/** Those that are new begin, those that are gone end, those that are others do both; the rest reads its key again. */
	#follow(entries: readonly DatabaseEntry[]): void {
		if (this.#stopped !== undefined) return;
		const wanted = new Map(entries.map((entry) => [entry.name, entry]));
		const counts = { added: 0, removed: 0, changed: 0, unchanged: 0 };
		const beginning: DatabaseEntry[] = [];
		for (const tenant of this.tenants) {
			const entry = wanted.get(tenant.name);
			if (entry !== undefined && tenant.isAs(entry)) {
				counts.unchanged++;
				void tenant.reloadKey();
				continue;
			}
			counts[entry === undefined ? "removed" : "changed"]++;
			this.#leave(tenant, this.#options.shutdownGraceMs);
			this.#tenants.delete(tenant.name);
			if (entry !== undefined) beginning.push(entry);
		}
		const added = entries.filter(({ name }) => !this.#tenants.has(name) && !beginning.some((one) => one.name === name));
		counts.added = added.length;
		this.#add([...beginning, ...added]);
		logEvents.databasesReloaded(this.#options.log, { databases: this.#tenants.size, ...counts });
	}

	/** A relay that takes the place of one that still ends may begin at once: claims tell them apart. */
	#add(entries: readonly DatabaseEntry[]): void {
		const apartMs = Math.min(START_APART_MS, STARTED_WITHIN_MS / Math.max(1, entries.length));
		for (const [index, entry] of entries.entries()) {
			const tenant = new Tenant(entry, {
				...this.#options,
				relayName: this.#relayName,
				trace: this.#trace,
				shared: { http: this.#http, budget: this.#budget, database: entry.name },
			});
			this.#tenants.set(entry.name, tenant);
			tenant.start(index * apartMs);
		}
	}

	#leave(tenant: Tenant, graceMs: number): void {
		const left = tenant.stop(graceMs).finally(() => this.#leaving.delete(left));
		this.#leaving.add(left);
	}
}
