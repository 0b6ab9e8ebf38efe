import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type RelayProcess, startRelay } from "../../lifecycle/relay-process.ts";
import { ownerOfPort } from "./socket-owner.ts";

export interface FaultCounts {
	/** Relays killed while they were awake, and while none was. */
	killedAwake: number;
	killedAsleep: number;
	/** Relays frozen while they were awake. */
	frozenAwake: number;
	/** Sessions that held the mark, ended by PostgreSQL while the relay lives on. */
	marksCut: number;
}

const EVERY_MS = 2_500;
const LONGEST_FREEZE_MS = 8_000;

const HOLDER = `
SELECT a.pid, a.client_port AS port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.classid = 1380929362 AND l.objid = 1 AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Several relays, and what happens to them, mostly to the one that is awake. */
export class WokenRelays {
	readonly counts: FaultCounts = { killedAwake: 0, killedAsleep: 0, frozenAwake: 0, marksCut: 0 };
	readonly #options: Parameters<typeof startRelay>[0];
	readonly #pool: pg.Pool;
	readonly #random: () => number;
	readonly #relays: RelayProcess[];

	constructor(count: number, options: Parameters<typeof startRelay>[0], pool: pg.Pool, random: () => number) {
		this.#options = options;
		this.#pool = pool;
		this.#random = random;
		this.#relays = Array.from({ length: count }, () => startRelay(options));
	}

	/** Until the signal: kills, freezes, or cuts off the session that holds the mark. */
	async trouble(signal: AbortSignal): Promise<void> {
		while (await sleep(EVERY_MS * (0.5 + this.#random()), true, { signal }).catch(() => false)) {
			const holder = (await this.#pool.query<{ pid: number; port: number }>(HOLDER)).rows[0];
			const owner =
				holder &&
				(await ownerOfPort(
					holder.port,
					this.#relays.map(({ pid }) => pid),
				));
			const awake = this.#relays.findIndex(({ pid }) => pid === owner);
			const what = this.#random();
			if (holder !== undefined && what < 0.25) {
				await this.#pool.query("SELECT pg_terminate_backend($1)", [holder.pid]);
				this.counts.marksCut++;
			} else if (awake >= 0 && what < 0.6) await this.#freeze(awake, signal);
			else await this.#kill(awake);
		}
	}

	async stop(): Promise<void> {
		await Promise.all(this.#relays.map((relay) => relay.end("SIGTERM")));
	}

	async abandon(): Promise<void> {
		await Promise.all(this.#relays.map((relay) => relay[Symbol.asyncDispose]()));
	}

	/** @param awake the one that is awake; -1: it is not known, or none is */
	async #kill(awake: number): Promise<void> {
		const slot = awake >= 0 ? awake : Math.floor(this.#random() * this.#relays.length);
		await this.#relays[slot]?.end("SIGKILL");
		this.#relays[slot] = startRelay(this.#options);
		if (awake >= 0) this.counts.killedAwake++;
		else this.counts.killedAsleep++;
	}

	/** A frozen relay keeps its session, and with it the mark: nobody rings while it can not look. */
	async #freeze(slot: number, signal: AbortSignal): Promise<void> {
		const frozen = this.#relays[slot] as RelayProcess;
		frozen.signal("SIGSTOP");
		this.counts.frozenAwake++;
		await sleep(this.#random() * LONGEST_FREEZE_MS, undefined, { signal }).catch(() => {});
		frozen.signal("SIGCONT");
	}
}
