import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { Chance } from "./chance.ts";
import type { Journal, WriterEntry } from "./journal.ts";

export interface WritersOptions {
	readonly url: string;
	readonly seed: number;
	readonly writers: number;
	/** All writers together. */
	readonly eventsPerSecond: number;
	readonly journal: Journal<WriterEntry>;
	/** False: too much is waiting already. */
	readonly mayWrite: () => boolean;
	/** A transaction that PostgreSQL refused, for whatever reason. */
	readonly onFailure: (what: string) => void;
	readonly signal: AbortSignal;
}

export const AT_MOST_ONCE = "voucher";
const TRIGGERS = ["paid", "signed_up", "reviewed", AT_MOST_ONCE] as const;
/** Events of a transaction: mostly a few, and now and then what a nightly job writes. */
const SIZES = [
	{ weight: 5, least: 1, most: 5 },
	{ weight: 3, least: 5, most: 30 },
	{ weight: 1, least: 50, most: 200 },
] as const;
const HELD_UP_MS = 50;
/** One statement for all events of a transaction, in either way that there is. */
const ROWS = `
FROM jsonb_to_recordset($1::jsonb) AS e(trigger_id text, user_id text, payload jsonb, idempotency_key text,
                                        ordering_key text, delay_ms float8)`;
const EMIT = `
SELECT reward_outbox.emit(trigger_id, user_id, payload, idempotency_key => e.idempotency_key,
                          ordering_key => e.ordering_key,
                          deliver_after => now() + e.delay_ms * interval '1 millisecond') AS id ${ROWS}`;
const INSERT = `
INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after)
SELECT trigger_id, user_id, payload, idempotency_key, ordering_key, now() + delay_ms * interval '1 millisecond' ${ROWS}
RETURNING id`;

interface Row {
	readonly trigger_id: string;
	readonly user_id: string;
	readonly payload: { readonly value: number };
	readonly idempotency_key: string | null;
	readonly ordering_key: string | null;
	readonly delay_ms: number | null;
}

/** Applications at work, each on its own connection, until the signal. Resolves when all have left. */
export async function writeUntil(options: WritersOptions): Promise<void> {
	await Promise.all(Array.from({ length: options.writers }, (_, n) => new Writer(options, n).run()));
}

/** What an application sets for its own sessions, so that nothing is set for it. */
const OWN_SETTINGS = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0";

class Writer {
	readonly #options: WritersOptions;
	readonly #number: number;
	readonly #chance: Chance;
	#client: pg.Client | undefined;
	#count = 0;
	#transactions = 0;

	constructor(options: WritersOptions, number: number) {
		this.#options = options;
		this.#number = number;
		this.#chance = new Chance(options.seed * 1000 + number);
	}

	async run(): Promise<void> {
		const { signal, eventsPerSecond, writers, mayWrite } = this.#options;
		const startedAt = performance.now();
		while (!signal.aborted) {
			if (mayWrite()) await this.#transaction().catch((error) => this.#failed(error));
			else await sleep(HELD_UP_MS);
			// A pace to keep, not something to wait for.
			const dueAt = startedAt + (this.#count / (eventsPerSecond / writers)) * 1000;
			await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal }).catch(() => {});
		}
		await this.#client?.end().catch(() => {});
	}

	async #transaction(): Promise<void> {
		const client = await this.#connected();
		const chance = this.#chance;
		const { least, most } = chance.weighted(SIZES);
		const rows = Array.from({ length: least + chance.below(most - least + 1) }, (_, n) => this.#row(n));
		const rollsBack = chance.happens(0.15);
		const holdsMs = chance.happens(0.05) ? chance.between(0, 700) : 0;
		const isAsynchronous = chance.happens(0.2);
		this.#count += rows.length;
		this.#transactions++;
		await client.query("BEGIN");
		if (isAsynchronous) await client.query("SET LOCAL synchronous_commit = off");
		const ids = await this.#write(client, rows);
		if (holdsMs > 0) await sleep(holdsMs);
		await client.query(rollsBack ? "ROLLBACK" : "COMMIT").catch((error) => {
			this.#options.journal.write({ as: "unknown", ids });
			throw error;
		});
		const as = rollsBack ? "rolled back" : isAsynchronous ? "asynchronous" : "committed";
		this.#options.journal.write({ as, ids });
	}

	async #write(client: pg.Client, rows: readonly Row[]): Promise<string[]> {
		const idsOf = async (statement: string) =>
			(await client.query<{ id: string }>(statement, [JSON.stringify(rows)])).rows.map(({ id }) => id);
		const ids = await idsOf(this.#chance.happens(0.5) ? EMIT : INSERT);
		if (this.#chance.happens(0.5) && rows.every(({ idempotency_key }) => idempotency_key !== null)) {
			const again = await idsOf(EMIT);
			if (again.join() !== ids.join()) throw new Error(`the idempotency keys gave ${again} after ${ids}`);
		}
		return ids;
	}

	#row(n: number): Row {
		const chance = this.#chance;
		const trigger = chance.one(TRIGGERS);
		const kind = chance.between(0, 1);
		const key = `${this.#number}-${this.#options.seed}-${this.#transactions}-${n}-${chance.between(0, 1)}`;
		return {
			trigger_id: trigger,
			user_id: `user-${chance.below(500)}`,
			payload: { value: this.#count + n },
			idempotency_key: kind > 0.8 ? key : null,
			// A key belongs to one writer: its events are committed one after the other. One that hangs uncertain would
			// hold its key for good.
			ordering_key: kind < 0.2 && trigger !== AT_MOST_ONCE ? `${this.#number}-${chance.below(4)}` : null,
			delay_ms: kind > 0.2 && kind < 0.3 ? chance.between(0, 2_000) : null,
		};
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
