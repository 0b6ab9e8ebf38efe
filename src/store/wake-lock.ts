import pg from "pg";
import type { Address } from "../connection/address.ts";
import { ConnectionTarget } from "../connection/target.ts";
import { doubledWithJitterMs } from "../event/backoff.ts";
import { isLockTimeout } from "./database-error.ts";
import { prepareSession, processIdOf, type SessionLimits } from "./session.ts";

/** Also the default of `reward_outbox.outbox.silent`: writers try the same lock, shared. */
export const WAKE_LOCK = "1380929362, 1";

/** A relay that stands still while it waits keeps writers notifying for this long. */
const LONGEST_WAIT_MS = 5_000;
/** Beside a transaction that stays open for long an idle relay is to be idle: after this many waits they are longer. */
const SHORT_WAITS = 3;
const LONG_WAIT_MS = 20_000;
/** The server takes the lock from a relay that has not been heard of for this long: frozen, or cut off. */
const SILENT_MS = 5_000;
const SAY_EVERY_MS = 2_000;
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;

export interface WakeLockOptions {
	/** A direct connection: a transaction pooler would give the lock to whoever comes next. */
	readonly url: Address;
	/** Every transaction that found the lock free has ended, and no later one will. */
	readonly onHeld: () => void;
	/** The session that held it is gone. */
	readonly onLost: () => void;
}

/**
 * The lock of the relay that asks to be notified, on a session of its own without a transaction. Held exclusively;
 * writers take it shared for their transaction, and whoever cannot get it notifies. While it is waited for nobody else
 * gets it any more, and it is granted when the last of those who got it has ended. It goes with its session, however
 * the relay ends, and when the relay stands still.
 */
export class WakeLock {
	readonly #options: WakeLockOptions;
	#request: AbortController | undefined;
	#client: pg.Client | undefined;
	#held = false;
	#saying: NodeJS.Timeout | undefined;

	constructor(options: WakeLockOptions) {
		this.#options = options;
	}

	/** Process id of the session that holds the lock; null: none does. */
	get heldBy(): number | null {
		return this.#held ? processIdOf(this.#client) : null;
	}

	/** Waits for the lock, beside whatever the caller does next. A request that was lost may be made again. */
	request(): void {
		if (this.#request !== undefined) return;
		const request = new AbortController();
		this.#request = request;
		void this.#acquire(request.signal);
	}

	/** Gives the lock up, or stops waiting for it. */
	release(): void {
		this.#request?.abort();
		this.#request = undefined;
		this.#held = false;
		clearInterval(this.#saying);
		// While a statement waits this cuts the connection; the server notices (client_connection_check_interval).
		void this.#client?.end().catch(() => {});
		this.#client = undefined;
	}

	async #acquire(signal: AbortSignal): Promise<void> {
		for (let failures = 0; !signal.aborted; ) {
			try {
				const client = await this.#connect(signal);
				for (let waits = 1; !signal.aborted && !(await waitForLock(client)); waits++) {
					failures = 0;
					if (waits === SHORT_WAITS) await client.query(WAIT_LONGER);
				}
				if (signal.aborted || this.#client !== client) continue;
				this.#held = true;
				this.#saying = setInterval(() => void client.query("SELECT").catch(() => {}), SAY_EVERY_MS);
				this.#options.onHeld();
				return;
			} catch {
				// The listener on the same server tells of a database that is not there.
				await pause(doubledWithJitterMs(RETRY_FIRST_MS, failures++, RETRY_MOST_MS, Math.random()), signal);
			}
		}
	}

	async #connect(signal: AbortSignal): Promise<pg.Client> {
		if (this.#client !== undefined) return this.#client;
		const client = new pg.Client({
			connectionTimeoutMillis: 5_000,
			...(await new ConnectionTarget(this.#options.url).place()),
			application_name: "reward-outbox wake lock",
			keepAlive: true,
			keepAliveInitialDelayMillis: 5_000,
		});
		client.on("error", () => this.#forget(client));
		client.on("end", () => this.#forget(client));
		await client.connect();
		if (signal.aborted) void client.end().catch(() => {});
		signal.throwIfAborted();
		this.#client = client;
		await prepareSession(client, LIMITS);
		await client.query(TIMEOUTS);
		// Without it a wait that is given up lasts until its timeout. Some platforms do not have it.
		await client.query(NOTICE_CLOSED_SOCKETS).catch(() => {});
		return client;
	}

	#forget(client: pg.Client): void {
		if (this.#client !== client) return;
		this.#client = undefined;
		clearInterval(this.#saying);
		if (!this.#held) return;
		this.#held = false;
		this.#request = undefined;
		this.#options.onLost();
	}
}

const LIMITS: SessionLimits = { statementTimeoutMs: 0, idleInTransactionTimeoutMs: 5_000 };
const TIMEOUTS = `SELECT set_config('lock_timeout', '${LONGEST_WAIT_MS}', false), set_config('idle_session_timeout', '${SILENT_MS}', false)`;
const WAIT_LONGER = `SELECT set_config('lock_timeout', '${LONG_WAIT_MS}', false)`;
const NOTICE_CLOSED_SOCKETS = "SELECT set_config('client_connection_check_interval', '500', false)";

/** False: not yet. */
async function waitForLock(client: pg.Client): Promise<boolean> {
	try {
		await client.query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
		return true;
	} catch (error) {
		if (isLockTimeout(error)) return false;
		throw error;
	}
}

/** Resolves after `ms`, or at once when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) return resolve();
		const end = () => {
			clearTimeout(timer);
			resolve();
		};
		const timer = setTimeout(end, ms);
		signal.addEventListener("abort", end, { once: true });
	});
}
