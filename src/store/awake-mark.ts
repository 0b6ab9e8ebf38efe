import pg from "pg";

// The same numbers are in the trigger of reward_outbox.outbox.
const RAISE = "SELECT pg_try_advisory_lock(1380929362, 1) AS held";
// All: a RAISE whose answer came too late has taken the lock unnoticed, and the next one has taken it once more.
const LOWER = "SELECT pg_advisory_unlock_all()";
// An id of its own, not a snapshot's xmax: that is the highest completed id plus one, and writers above it may be running unseen.
const HORIZON = "SELECT pg_current_xact_id()::text AS horizon";
const PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS passed";

/**
 * The mark that tells writers not to ring, because a relay looks by itself: an advisory lock on a session of its own. It goes
 * when that session ends, however the relay ends.
 */
export class AwakeMark {
	readonly #url: string;
	#client: pg.Client | undefined;
	#held = false;

	/** @param url a direct connection: a transaction pooler would give the lock to whoever comes next */
	constructor(url: string) {
		this.#url = url;
	}

	get held(): boolean {
		return this.#held;
	}

	/** Tries to raise the mark. False: another relay holds it, or a writer was just testing it. */
	async raise(): Promise<boolean> {
		if (this.#held) return true;
		const client = await this.#connected();
		const { rows } = await client.query<{ held: boolean }>(RAISE);
		// The session may have ended while it answered.
		this.#held = rows[0]?.held === true && this.#client === client;
		return this.#held;
	}

	/**
	 * Takes the mark down. Returns the horizon: a writer that saw the mark is in a transaction below it, and may still commit.
	 * Without a mark the horizon is just as right: whoever held it, writers below it may have seen it.
	 */
	async lower(): Promise<string> {
		const client = await this.#connected();
		// In this order, and in two transactions: the id must be taken when no further writer can see the mark.
		if (this.#held) await client.query(LOWER);
		this.#held = false;
		const { rows } = await client.query<{ horizon: string }>(HORIZON);
		return (rows[0] as { horizon: string }).horizon;
	}

	/** Whether every transaction below the horizon has ended. What they wrote is visible to whoever looks from now on. */
	async passed(horizon: string): Promise<boolean> {
		const client = await this.#connected();
		const { rows } = await client.query<{ passed: boolean }>(PASSED, [horizon]);
		return rows[0]?.passed ?? false;
	}

	async close(): Promise<void> {
		const client = this.#client;
		this.#forget(client);
		await client?.end().catch(() => {});
	}

	async #connected(): Promise<pg.Client> {
		if (this.#client !== undefined) return this.#client;
		const client = new pg.Client({
			connectionString: this.#url,
			application_name: "reward-outbox awake",
			connectionTimeoutMillis: 5_000,
			query_timeout: 5_000,
			keepAlive: true,
		});
		client.on("error", () => this.#forget(client));
		client.on("end", () => this.#forget(client));
		await client.connect();
		this.#client = client;
		return client;
	}

	#forget(client: pg.Client | undefined): void {
		if (this.#client !== client) return;
		this.#client = undefined;
		this.#held = false;
	}
}
