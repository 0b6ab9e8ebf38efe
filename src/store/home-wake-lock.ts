import type { HomeSession } from "./home-session.ts";
import { WAKE_LOCK, WakeLock, type WakeLockOptions } from "./wake-lock.ts";

/** A lock that had to be waited for is moved home after this time, so that the connection which waited is not kept. */
const MOVE_HOME_AFTER_MS = 10_000;
const LONGEST_TURN_MS = 5_000;
/**
 * The server takes the lock from a process that has not been heard of for this long: frozen, or cut off. Longer than an
 * idle relay is silent.
 */
const SILENT_MS = 45_000;
const TRY = `SELECT pg_try_advisory_lock(${WAKE_LOCK}) AS locked, set_config('idle_session_timeout', '${SILENT_MS}', false)`;

/**
 * The wake lock where one connection does for everything. It is taken on that one if it can be had at once; waiting for
 * it would hold up the statements, and is done on a connection of its own.
 */
export class HomeWakeLock {
	readonly #home: HomeSession;
	readonly #options: WakeLockOptions;
	readonly #apart: WakeLock;
	#request: AbortController | undefined;
	#heldAtHome = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(home: HomeSession, options: WakeLockOptions) {
		this.#home = home;
		this.#options = options;
		this.#apart = new WakeLock({ ...options, onHeld: () => this.#heldApart(), onLost: () => this.#lostApart() });
		home.watch({ heard() {}, ended: () => this.#homeEnded() });
	}

	get heldBy(): number | null {
		return this.#heldAtHome ? this.#home.processId : this.#apart.heldBy;
	}

	request(): void {
		if (this.#request !== undefined) return;
		const request = new AbortController();
		this.#request = request;
		void this.#acquire(request.signal);
	}

	release(): void {
		this.#request?.abort();
		this.#request = undefined;
		clearTimeout(this.#timer);
		this.#apart.release();
		if (this.#heldAtHome) void this.#unlock();
		this.#heldAtHome = false;
	}

	async #acquire(signal: AbortSignal): Promise<void> {
		const isHeld = await this.#tryAtHome().catch(() => false);
		if (signal.aborted) return isHeld ? this.#unlock() : undefined;
		if (!isHeld) return this.#apart.request();
		this.#heldAtHome = true;
		this.#options.onHeld();
	}

	async #tryAtHome(): Promise<boolean> {
		return (await this.#ask<{ locked: boolean }>(TRY))?.locked === true;
	}

	/** What cannot be given back goes with the connection. */
	async #unlock(): Promise<void> {
		const isGiven = await this.#ask(`SELECT pg_advisory_unlock(${WAKE_LOCK})`).catch(() => null);
		if (isGiven === null) this.#home.drop(new Error("the lock could not be given back"));
	}

	async #ask<Row extends object>(statement: string): Promise<Row | null> {
		const client = await this.#home.lend(LONGEST_TURN_MS);
		if (client === null) return null;
		try {
			const { rows } = await client.query<Row>(statement);
			client.release();
			return rows[0] ?? null;
		} catch (error) {
			client.release(error as Error);
			throw error;
		}
	}

	#heldApart(): void {
		this.#timer = setTimeout(() => this.#moveHome(), MOVE_HOME_AFTER_MS);
		this.#timer.unref();
		this.#options.onHeld();
	}

	/** As if it were lost: the relay asks again, and looks at what was written meanwhile. */
	#moveHome(): void {
		this.#apart.release();
		this.#lostApart();
	}

	#lostApart(): void {
		clearTimeout(this.#timer);
		this.#request = undefined;
		this.#options.onLost();
	}

	#homeEnded(): void {
		if (!this.#heldAtHome) return;
		this.#heldAtHome = false;
		this.#request = undefined;
		this.#options.onLost();
	}
}
