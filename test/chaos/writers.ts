import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { seededRandom } from "../../src/sandbox/chance.ts";
import type { Journal, WriterEntry } from "./journal.ts";

export interface WritersOptions {
	readonly url: string;
	readonly seed: number;
	readonly writers: number;
	/** All writers together. */
	readonly eventsPerSecond: number;
	readonly journal: Journal<WriterEntry>;
	/** A transaction that PostgreSQL refused, for whatever reason. */
	readonly onFailure: (what: string) => void;
	readonly signal: AbortSignal;
}

export const AT_MOST_ONCE = "voucher";
const TRIGGERS = ["paid", "signed_up", "reviewed", AT_MOST_ONCE] as const;
const MOST_PER_TRANSACTION = 5;

/** Applications at work, each on its own connection, until the signal. Resolves when all have left. */
export async function writeUntil(options: WritersOptions): Promise<void> {
	await Promise.all(Array.from({ length: options.writers }, (_, n) => new Writer(options, n).run()));
}

/** What an application sets for its own sessions, so that nothing is set for it. */
const OWN_SETTINGS = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0";

class Writer {
	readonly #options: WritersOptions;
	readonly #number: number;
	readonly #random: () => number;
	#client: pg.Client | undefined;
	#count = 0;
	#transactions = 0;

	constructor(options: WritersOptions, number: number) {
		this.#options = options;
		this.#number = number;
		this.#random = seededRandom(options.seed * 1000 + number);
	}

	async run(): Promise<void> {
		const { signal, eventsPerSecond, writers } = this.#options;
		const startedAt = performance.now();
		while (!signal.aborted) {
			await this.#transaction().catch((error) => this.#failed(error));
			// A pace to keep, not something to wait for.
			const dueAt = startedAt + (this.#count / (eventsPerSecond / writers)) * 1000;
			await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal }).catch(() => {});
		}
		await this.#client?.end().catch(() => {});
	}

	async #transaction(): Promise<void> {
		const client = await this.#connected();
		const random = this.#random;
		const events = 1 + Math.floor(random() * MOST_PER_TRANSACTION);
		const rollsBack = random() < 0.15;
		const holdsMs = random() < 0.05 ? random() * 700 : 0;
		const isAsynchronous = random() < 0.2;
		const ids: string[] = [];
		this.#count += events;
		this.#transactions++;
		await client.query("BEGIN");
		if (isAsynchronous) await client.query("SET LOCAL synchronous_commit = off");
		for (let n = 0; n < events; n++) ids.push(...(await this.#write(client)));
		if (holdsMs > 0) await sleep(holdsMs);
		await client.query(rollsBack ? "ROLLBACK" : "COMMIT").catch((error) => {
			this.#options.journal.write({ as: "unknown", ids });
			throw error;
		});
		const as = rollsBack ? "rolled back" : isAsynchronous ? "asynchronous" : "committed";
		this.#options.journal.write({ as, ids });
	}

	async #write(client: pg.Client): Promise<string[]> {
		const random = this.#random;
		const trigger = TRIGGERS[Math.floor(random() * TRIGGERS.length)] as (typeof TRIGGERS)[number];
		const kind = random();
		// A key belongs to one writer: its events are committed one after the other. One that hangs uncertain would hold
		// its key for good.
		const orderingKey = kind < 0.2 && trigger !== AT_MOST_ONCE ? `${this.#number}-${Math.floor(random() * 4)}` : null;
		const idempotencyKey =
			kind > 0.8 ? `${this.#number}-${this.#options.seed}-${this.#transactions}-${random()}` : null;
		const delayMs = kind > 0.2 && kind < 0.3 ? random() * 2_000 : null;
		const values = [
			trigger,
			`user-${Math.floor(random() * 500)}`,
			{ value: this.#count },
			idempotencyKey,
			orderingKey,
			delayMs,
		];
		const emit = () =>
			client.query<{ id: string }>(
				`SELECT reward_outbox.emit($1, $2, $3, idempotency_key => $4, ordering_key => $5,
				        deliver_after => now() + $6::float8 * interval '1 millisecond') AS id`,
				values,
			);
		const ids = (await emit()).rows.map((row) => row.id);
		if (idempotencyKey !== null && random() < 0.5) {
			const again = (await emit()).rows[0]?.id;
			if (again !== ids[0]) throw new Error(`the idempotency key gave ${again} after ${ids[0]}`);
		}
		return ids;
	}

	async #connected(): Promise<pg.Client> {
		if (this.#client !== undefined) return this.#client;
		const client = new pg.Client({
			connectionString: this.#options.url,
			application_name: "application",
			options: OWN_SETTINGS,
			connectionTimeoutMillis: 5_000,
			query_timeout: 20_000,
		});
		client.on("error", () => {});
		await client.connect();
		this.#client = client;
		return client;
	}

	async #failed(error: unknown): Promise<void> {
		const code = (error as { code?: unknown }).code;
		const what = typeof code === "string" ? code : (error as Error).message;
		this.#options.onFailure(what);
		const client = this.#client;
		this.#client = undefined;
		await client?.end().catch(() => {});
		await sleep(50);
	}
}
