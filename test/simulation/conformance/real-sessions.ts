import type pg from "pg";
import type { Database } from "../../../src/store/database.ts";
import { WAKE_LOCK } from "../../../src/store/wake-lock.ts";

const LOCK = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = $1";

/** Says that everything before it has been heard. */
const BARRIER = "conformance_barrier";

/** Sessions that live as long as they are let: those of relays, and one that listens. */
export class RealSessions {
	readonly #db: Database;
	readonly #ofRelays = new Map<number, pg.PoolClient>();
	/** Sessions that wait for the wake lock, or hold it. */
	readonly #asking = new Map<number, Promise<unknown>>();
	#listener: pg.PoolClient | undefined;
	#isNotified = false;
	#onBarrier = () => {};

	constructor(db: Database) {
		this.#db = db;
	}

	async open(relay: number): Promise<void> {
		await this.end(relay);
		const client = await this.#db.connect();
		client.on("error", () => {});
		this.#ofRelays.set(relay, client);
	}

	/** Resolves when the server does not know it any more. */
	async end(relay: number): Promise<void> {
		const client = this.#ofRelays.get(relay);
		if (client === undefined) return;
		this.#ofRelays.delete(relay);
		this.#asking.delete(relay);
		const pid = pidOf(client);
		await this.#db.query("SELECT pg_terminate_backend($1)", [pid]);
		while (await this.#holds("SELECT FROM pg_stat_get_activity($1)", pid));
		client.release(true);
	}

	/** Resolves when the server knows that it waits, or holds it. */
	async requestLock(relay: number): Promise<void> {
		const client = this.#ofRelays.get(relay);
		if (client === undefined || this.#asking.has(relay)) return;
		const asking = client.query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
		asking.catch(() => {});
		this.#asking.set(relay, asking);
		while (!(await this.#holds(LOCK, pidOf(client))));
	}

	async releaseLock(relay: number): Promise<void> {
		const client = this.#ofRelays.get(relay);
		const asking = this.#asking.get(relay);
		if (client === undefined || asking === undefined) return;
		this.#asking.delete(relay);
		const isHeld = await this.#holds(`${LOCK} AND granted`, pidOf(client));
		if (!isHeld) await this.#db.query("SELECT pg_cancel_backend($1)", [pidOf(client)]);
		await asking.catch(() => {});
		if (isHeld) await client.query(`SELECT pg_advisory_unlock(${WAKE_LOCK})`);
	}

	async lockHolders(): Promise<number[]> {
		const holders: number[] = [];
		for (const relay of this.#asking.keys())
			if (await this.#holds(`${LOCK} AND granted`, this.idOf(relay))) holders.push(relay);
		return holders;
	}

	/** Whether there is a row of a session. */
	async #holds(statement: string, pid: number | null): Promise<boolean> {
		return ((await this.#db.query(statement, [pid])).rowCount ?? 0) > 0;
	}

	idOf(relay: number): number | null {
		const client = this.#ofRelays.get(relay);
		return client === undefined ? null : pidOf(client);
	}

	/** Notifications come in the order of commits: what was committed before the barrier was heard before it. */
	async wasNotified(): Promise<boolean> {
		const listener = await this.#listening();
		const heard = new Promise<void>((resolve) => {
			this.#onBarrier = resolve;
		});
		await listener.query(`NOTIFY ${BARRIER}`);
		await heard;
		const wasNotified = this.#isNotified;
		this.#isNotified = false;
		return wasNotified;
	}

	async close(): Promise<void> {
		this.#listener?.release(true);
		for (const relay of [...this.#ofRelays.keys()]) await this.end(relay);
	}

	async #listening(): Promise<pg.PoolClient> {
		if (this.#listener !== undefined) return this.#listener;
		const listener = await this.#db.connect();
		this.#listener = listener;
		listener.on("notification", ({ channel }) => {
			if (channel === BARRIER) this.#onBarrier();
			else this.#isNotified = true;
		});
		await listener.query(`LISTEN reward_outbox; LISTEN ${BARRIER}`);
		return listener;
	}
}

function pidOf(client: pg.PoolClient): number {
	return (client as unknown as { processID: number }).processID;
}
