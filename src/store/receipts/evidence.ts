import {
	type Evidence,
	type HowItEnded,
	type KeyEvidence,
	type Others,
	type ReceiptHabits,
	reconcile,
} from "../../event/reconcile.ts";
import type { DoubtsAlike, ReceiptsAround } from "../../event/silence.ts";

/** Runs one statement: on a connection, or within a look that is under way. */
export type Ask = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

const KEY = "SELECT reward_outbox.key_evidence($1) AS key";
const HABITS = "SELECT d.measured, d.unexplained, d.median_ms, d.p99_ms FROM reward_outbox.webhook_delays($1) d";
const AROUND =
	"SELECT a.accepted, a.confirmed FROM reward_outbox.receipts_around($1, to_timestamp($2::float8 / 1000), $3) a";
const ALIKE = "SELECT d.ended, d.heard FROM reward_outbox.doubts_alike($1, $2, $3, $4) d";
/** Events of the same while have the same neighbours. Milliseconds. */
const SAME_WHILE_MS = 10 * 60_000;

/** How receipts of a trigger come. */
export async function readHabits(ask: Ask, triggerId: string): Promise<ReceiptHabits> {
	const [habits] = await ask<ReceiptHabits>(HABITS, [triggerId]);
	return habits as ReceiptHabits;
}

/** What is known of other events than the one in question. Each is asked for once, however many events have it. */
export class Surroundings {
	readonly #ask: Ask;
	readonly #known = new Map<string, Promise<unknown>>();

	constructor(ask: Ask) {
		this.#ask = ask;
	}

	habits(triggerId: string): Promise<ReceiptHabits> {
		return this.#once(["habits", triggerId], () => readHabits(this.#ask, triggerId));
	}

	/** @param at when the last request of the event was sent */
	async others({ trigger_id, ended }: KeyEvidence, at: number, horizon: number): Promise<Others> {
		const time = Math.floor(at / SAME_WHILE_MS) * SAME_WHILE_MS;
		const around = await this.#first<ReceiptsAround>(AROUND, [trigger_id, time, horizon]);
		const { http_status = null, error_code = null } = ended ?? ({} as Partial<HowItEnded>);
		const alike = await this.#first<DoubtsAlike>(ALIKE, [trigger_id, http_status, error_code, horizon]);
		return { around, alike };
	}

	#first<Row>(statement: string, values: unknown[]): Promise<Row> {
		return this.#once([statement, ...values], async () => (await this.#ask<Row>(statement, values))[0] as Row);
	}

	#once<Known>(name: unknown[], read: () => Promise<Known>): Promise<Known> {
		const key = JSON.stringify(name);
		const known = (this.#known.get(key) as Promise<Known> | undefined) ?? read();
		this.#known.set(key, known);
		return known;
	}
}

/** What receipts say about an event; null: there is no such event. */
export async function readEvidence(
	ask: Ask,
	eventId: string,
	surroundings: Surroundings = new Surroundings(ask),
): Promise<Evidence | null> {
	const [row] = await ask<{ key: KeyEvidence | null }>(KEY, [eventId]);
	const key = row?.key ?? null;
	if (key === null) return null;
	const habits = await surroundings.habits(key.trigger_id);
	const evidence = reconcile(eventId, key, habits, null);
	if (evidence.verdict !== "unheard") return evidence;
	// Only silence needs to be compared with what was heard of others.
	const own = key.sends.filter(({ event_id, accepted }) => event_id === eventId && !accepted);
	const last = Math.max(...own.map(({ at }) => at));
	return reconcile(eventId, key, habits, await surroundings.others(key, last, evidence.horizon_ms));
}
