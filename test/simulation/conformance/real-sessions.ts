import type pg from "pg";
import type { Database } from "../../../src/store/database.ts";

/** Says that everything before it has been heard. */
const BARRIER = "conformance_barrier";

/** Sessions that live as long as they are let: those of relays, and one that listens. */
export class RealSessions {
	readonly #db: Database;
	readonly #ofRelays = new Map<number, pg.PoolClient>();
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
		const pid = pidOf(client);
		client.release(true);
		const isThere = "SELECT FROM pg_stat_get_activity($1)";
		while (((await this.#db.query(isThere, [pid])).rowCount ?? 0) > 0);
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
