import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { WAKE_LOCK } from "../../../src/store/wake-lock.ts";
import { until } from "../../lifecycle/facts.ts";
import { type RelayProcess, startRelay } from "../../lifecycle/relay-process.ts";
import { ownerOfPort } from "./socket-owner.ts";

export interface FaultCounts {
	/** Relays that asked to be notified killed, and others. */
	killedAsking: number;
	killedOtherwise: number;
	/** Relays frozen that asked to be notified. */
	frozenAsking: number;
	/** Sessions that held the wake lock, ended by PostgreSQL while the relay lives on. */
	locksCut: number;
}

const EVERY_MS = 2_500;
const LONGEST_FREEZE_MS = 8_000;
const START_LIMIT_MS = 60_000;

const HOLDER = `
SELECT a.pid, a.client_port AS port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND (l.classid, l.objid) = (${WAKE_LOCK}) AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Several relays, and what happens to them, mostly to the one that asks to be notified. */
export class WokenRelays {
	readonly counts: FaultCounts = { killedAsking: 0, killedOtherwise: 0, frozenAsking: 0, locksCut: 0 };
	readonly #options: Parameters<typeof startRelay>[0];
	readonly #pool: pg.Pool;
	readonly #random: () => number;
	readonly #relays: RelayProcess[];
	#starts = 0;

	constructor(count: number, options: Parameters<typeof startRelay>[0], pool: pg.Pool, random: () => number) {
		this.#options = options;
		this.#pool = pool;
		this.#random = random;
		this.#relays = Array.from({ length: count }, () => this.#start());
	}

	/** Waits until all of them are there: on a slow machine it would else be starting that is tried. */
	async up(): Promise<void> {
		const heard = "SELECT FROM reward_outbox.relays WHERE listener <> 'connecting'";
		const all = async () => (await this.#pool.query(heard)).rowCount === this.#starts;
		await until("all relays have listened", all, START_LIMIT_MS);
	}

	/** Until the signal: kills, freezes, or cuts off the session that holds the wake lock. */
	async trouble(signal: AbortSignal): Promise<void> {
		while (await sleep(EVERY_MS * (0.5 + this.#random()), true, { signal }).catch(() => false)) {
			const holder = (await this.#pool.query<{ pid: number; port: number }>(HOLDER)).rows[0];
			const owner =
				holder &&
				(await ownerOfPort(
					holder.port,
					this.#relays.map(({ pid }) => pid),
				));
			const asking = this.#relays.findIndex(({ pid }) => pid === owner);
			const what = this.#random();
			if (holder !== undefined && what < 0.25) {
				await this.#pool.query("SELECT pg_terminate_backend($1)", [holder.pid]);
				this.counts.locksCut++;
			} else if (asking >= 0 && what < 0.6) await this.#freeze(asking, signal);
			else await this.#kill(asking);
		}
	}

	async stop(): Promise<void> {
		await Promise.all(this.#relays.map((relay) => relay.end("SIGTERM")));
	}

	async abandon(): Promise<void> {
		await Promise.all(this.#relays.map((relay) => relay[Symbol.asyncDispose]()));
	}

	/** @param asking the one that asks; -1: it is not known, or none is */
	async #kill(asking: number): Promise<void> {
		const slot = asking >= 0 ? asking : Math.floor(this.#random() * this.#relays.length);
		await this.#relays[slot]?.end("SIGKILL");
		this.#relays[slot] = this.#start();
		await this.up();
		if (asking >= 0) this.counts.killedAsking++;
		else this.counts.killedOtherwise++;
	}

	#start(): RelayProcess {
		this.#starts++;
		return startRelay(this.#options);
	}

	/**
	 * A frozen relay keeps its session, and with it the lock for some seconds: writers notify it in vain, and it looks
	 * when it goes on.
	 */
	async #freeze(slot: number, signal: AbortSignal): Promise<void> {
		const frozen = this.#relays[slot] as RelayProcess;
		frozen.signal("SIGSTOP");
		this.counts.frozenAsking++;
		await sleep(this.#random() * LONGEST_FREEZE_MS, undefined, { signal }).catch(() => {});
		frozen.signal("SIGCONT");
	}
}
