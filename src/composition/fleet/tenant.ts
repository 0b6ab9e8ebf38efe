import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { AlertConfig } from "../../config/alert-part.ts";
import type { AnchorConfig } from "../../config/anchor-part.ts";
import { loadEntryKey } from "../../config/databases.ts";
import type { DatabaseEntry } from "../../config/databases-file.ts";
import type { ProxyConfig } from "../../config/proxy-part.ts";
import { doubledMs } from "../../event/backoff.ts";
import { type Logger, logEvents } from "../../log.ts";
import { PACE_OF_MANY } from "../../relay/parts.ts";
import { loadCredentials } from "../../reward/credentials.ts";
import { sqlState } from "../../store/database-error.ts";
import { settingsOf } from "../check-options.ts";
import { EmbeddedRelay, type SharedParts } from "../embedded-relay.ts";
import type { TraceRelay } from "../tracing.ts";

/** A database that says no is asked again, first after this time, then twice as long, and so on. */
const AGAIN_FIRST_MS = 1_000;
const AGAIN_LAST_MS = 30_000;

export interface TenantOptions {
	readonly rewardApiUrl: URL;
	readonly proxy: ProxyConfig;
	readonly alerts: AlertConfig;
	readonly stateDir: string | undefined;
	readonly anchors: AnchorConfig;
	/** The key of those that have none of their own. */
	readonly keyOfEnvironment: () => Promise<string>;
	readonly relayName: string;
	readonly shared: SharedParts;
	readonly trace: TraceRelay;
	readonly log: Logger;
}

/**
 * - `starting`: nothing is known yet. `running`: its relay is at work, whether or not the database answers at the
 *   moment.
 * - `refused`: the database or the key cannot be used, which needs a person; it is tried again.
 * - `paused`: the file says that nothing of it is sent. `stopping`: it is finishing what is in flight.
 */
export type TenantState = "starting" | "running" | "refused" | "paused" | "stopping";
export const TENANT_STATES = ["starting", "running", "refused", "paused", "stopping"] as const satisfies TenantState[];

/** One database of many, and its relay. Whatever happens to it happens to nobody else. */
export class Tenant {
	readonly #entry: DatabaseEntry;
	readonly #options: TenantOptions;
	readonly #log: Logger;
	readonly #ending = new AbortController();
	#state: TenantState;
	#reason: string | null = null;
	#relay: EmbeddedRelay | undefined;
	#running: Promise<void> | undefined;
	#stopped: Promise<void> | undefined;

	constructor(entry: DatabaseEntry, options: TenantOptions) {
		this.#entry = entry;
		this.#options = options;
		this.#log = logOf(options.log, entry.name);
		this.#state = entry.isPaused ? "paused" : "starting";
	}

	get name(): string {
		return this.#entry.name;
	}

	get state(): TenantState {
		return this.#state;
	}

	/** Why it is refused: a short code; null: it is not. */
	get reason(): string | null {
		return this.#reason;
	}

	/** What its relay knows of itself; undefined: there is none. */
	get relay(): EmbeddedRelay["state"] | undefined {
		return this.#relay?.state;
	}

	/** Events of this database are delivered as they are written. */
	get isReady(): boolean {
		const relay = this.#state === "running" ? this.relay : undefined;
		return relay?.databaseOk === true && relay.listener !== "connecting";
	}

	isAs(entry: DatabaseEntry): boolean {
		return isDeepStrictEqual(entry, this.#entry);
	}

	start(delayMs: number): void {
		if (this.#entry.isPaused || this.#stopped !== undefined) return;
		this.#running ??= this.#run(delayMs);
	}

	/** Finishes what is in flight and gives back the rest. May be called twice, and before start(). */
	stop(graceMs: number): Promise<void> {
		this.#stopped ??= this.#shutDown(graceMs);
		return this.#stopped;
	}

	async reloadKey(): Promise<void> {
		await this.#relay?.reloadKey();
	}

	/** Prometheus text; empty: there is no relay. */
	async metrics(): Promise<string> {
		return (await this.#relay?.metrics()) ?? "";
	}

	async #run(delayMs: number): Promise<void> {
		const { signal } = this.#ending;
		await sleep(delayMs, undefined, { signal }).catch(() => {});
		for (let failures = 0; !signal.aborted; failures++) {
			try {
				this.#relay ??= await this.#create();
				// It may have been stopped meanwhile, and a relay that was never started has nothing to finish.
				if (signal.aborted) return;
				await this.#relay.start();
				this.#become("running", null);
				return;
			} catch (error) {
				if (signal.aborted) return;
				const waitMs = doubledMs(AGAIN_FIRST_MS, failures, AGAIN_LAST_MS) * (0.75 + Math.random() / 2);
				this.#refused(error, waitMs);
				await sleep(waitMs, undefined, { signal }).catch(() => {});
			}
		}
	}

	async #create(): Promise<EmbeddedRelay> {
		const { proxy, alerts, stateDir, anchors, rewardApiUrl, relayName, keyOfEnvironment, trace, shared } =
			this.#options;
		const { delivery, databaseUrl, databaseListenUrl } = this.#entry;
		const rewardApiKey = () => loadEntryKey(this.#entry, rewardApiUrl, keyOfEnvironment);
		const checked = {
			settings: settingsOf(delivery, relayName, PACE_OF_MANY),
			databaseUrl,
			databaseListenUrl,
			rewardApiUrl,
			proxy,
			shutdownGraceMs: delivery.shutdownGraceMs,
			alerts,
			stateDir,
			anchors,
			rewardApiKey,
		};
		const credentials = await loadCredentials(rewardApiKey);
		return new EmbeddedRelay(checked, { credentials, log: this.#log, trace, processUsage: undefined, shared });
	}

	#refused(error: unknown, waitMs: number): void {
		const reason = error instanceof Error ? error.message : String(error);
		const code = sqlState(error) ?? String((error as { code?: unknown } | null)?.code ?? "error");
		if (this.#reason !== code)
			logEvents.databaseRefused(this.#log, { error_code: code, reason, retry_in_ms: Math.round(waitMs) });
		this.#become("refused", code);
	}

	#become(state: TenantState, reason: string | null): void {
		if (this.#state !== "stopping") this.#state = state;
		this.#reason = reason;
	}

	async #shutDown(graceMs: number): Promise<void> {
		this.#state = "stopping";
		this.#ending.abort();
		// A start that waits for a database that answers nothing ends with its connections.
		await this.#relay?.stop(graceMs);
		await this.#running;
		await this.#relay?.stop(graceMs);
	}
}

/** Every line says which database it is about. */
function logOf(log: Logger, database: string): Logger {
	const level =
		(name: keyof Logger): Logger["info"] =>
		(fields, message) =>
			log[name]({ database, ...fields }, message);
	return {
		trace: level("trace"),
		debug: level("debug"),
		info: level("info"),
		warn: level("warn"),
		error: level("error"),
		fatal: level("fatal"),
	};
}
