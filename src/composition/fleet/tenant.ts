import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { AlertConfig } from "../../config/alert-part.ts";
import type { AnchorConfig } from "../../config/anchor-part.ts";
import { loadEntryKey } from "../../config/databases.ts";
import type { DatabaseEntry } from "../../config/databases-file.ts";
import type { ProxyConfig } from "../../config/proxy-part.ts";
import { doubledMs } from "../../event/backoff.ts";
import { type Logger, logEvents, withFields } from "../../log.ts";
import { PACE_OF_MANY } from "../../relay/parts.ts";
import { loadCredentials } from "../../reward/credentials.ts";
import { sqlState } from "../../store/database-error.ts";
import { settingsOf } from "../check-options.ts";
import { EmbeddedRelay, type SharedParts } from "../embedded-relay.ts";
import type { TraceRelay } from "../tracing.ts";
import { visit } from "./visit.ts";

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
 * - `elsewhere`: another process serves it.
 * - `refused`: the database or the key cannot be used, which needs a person; it is tried again.
 * - `paused`: the file says that nothing of it is sent. `stopping`: it is finishing what is in flight.
 */
export type TenantState = (typeof TENANT_STATES)[number];
export const TENANT_STATES = ["starting", "running", "elsewhere", "refused", "paused", "stopping"] as const;

/** One database of many, and its relay. Whatever happens to it happens to nobody else. */
export class Tenant {
	readonly #entry: DatabaseEntry;
	readonly #options: TenantOptions;
	readonly #log: Logger;
	readonly #ending = new AbortController();
	#state: TenantState;
	#reason: string | null = null;
	#isTried: boolean;
	#relay: EmbeddedRelay | undefined;
	/** The relay that serves it elsewhere. */
	#servedBy: string | null = null;
	#running: Promise<void> | undefined;
	/** The relay that left it to another one, until it has ended. */
	#left: Promise<unknown> = Promise.resolve();
	#stopped: Promise<void> | undefined;

	constructor(entry: DatabaseEntry, options: TenantOptions) {
		this.#entry = entry;
		this.#options = options;
		this.#log = withFields(options.log, { database: entry.name });
		this.#state = entry.isPaused ? "paused" : "starting";
		this.#isTried = entry.isPaused;
	}

	get name(): string {
		return this.#entry.name;
	}

	get state(): TenantState {
		return this.#state;
	}

	/** It is known how it is; true from then on. */
	get isTried(): boolean {
		return this.#isTried;
	}

	/** Why it is refused: a short code; null: it is not. */
	get reason(): string | null {
		return this.#reason;
	}

	/** What its relay knows of itself; undefined: there is none. */
	get relay(): EmbeddedRelay["state"] | undefined {
		return this.#relay?.state;
	}

	/** The relay of another process that serves it; null: none does, as far as is known. */
	get servedBy(): string | null {
		return this.#servedBy;
	}

	/** Its relay is at work, and so is another one. */
	get isContested(): boolean {
		return this.#state === "running" && this.relay?.isAlone === false;
	}

	/** Events of this database are delivered from here as they are written. */
	get isReady(): boolean {
		const relay = this.#state === "running" ? this.relay : undefined;
		return relay?.databaseOk === true && relay.listener !== "connecting";
	}

	/** As far as its relay is concerned: webhooks are no part of it. */
	isAs(entry: DatabaseEntry): boolean {
		return isDeepStrictEqual({ ...entry, webhookToken: null }, { ...this.#entry, webhookToken: null });
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

	/** Asks the database who serves it, and leaves it to that one, or begins. */
	async look(): Promise<void> {
		const before = this.#state;
		if (before !== "running" && before !== "elsewhere") return;
		const serving = await this.#askWhoServes();
		if (this.#state !== before) return;
		if (before === "running" && serving !== null) this.#leaveTo(serving);
		if (before === "elsewhere" && serving !== null) this.#servedBy = serving;
		if (before === "elsewhere" && serving === null) this.#beginAgain();
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

	/** Null: this process does. */
	async #askWhoServes(): Promise<string | null> {
		const { relayName } = this.#options;
		try {
			const serving = await (this.#relay?.servingRelay() ?? visit(this.#entry.databaseUrl, relayName));
			return serving === relayName ? null : serving;
		} catch {
			// Who cannot be asked is served from here: a relay waits for its database, and tells of it.
			return null;
		}
	}

	/** Until it has finished what is in flight, both are at work, which relays may be. */
	#leaveTo(serving: string): void {
		logEvents.databaseLeft(this.#log, { served_by: serving });
		this.#left = Promise.all([this.#left, this.#relay?.stop()]);
		this.#relay = undefined;
		this.#servedBy = serving;
		this.#become("elsewhere", null);
	}

	#beginAgain(): void {
		logEvents.databaseTaken(this.#log, { served_before_by: this.#servedBy ?? "" });
		this.#servedBy = null;
		this.#become("starting", null);
		this.#running = this.#run(0);
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
		this.#isTried ||= state !== "starting";
	}

	async #shutDown(graceMs: number): Promise<void> {
		this.#state = "stopping";
		this.#ending.abort();
		// A start that waits for a database that answers nothing ends with its connections.
		await this.#relay?.stop(graceMs);
		await this.#running;
		await Promise.all([this.#relay?.stop(graceMs), this.#left]);
	}
}
