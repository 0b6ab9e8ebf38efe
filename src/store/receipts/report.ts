import type pg from "pg";
import {
	Account,
	type AccountLine,
	type KeyEvent,
	type KeyReceipt,
	type Standing,
} from "../../event/receipt-report.ts";
import { horizonMs } from "../../event/reconcile.ts";
import type { Moment } from "../../moment.ts";
import { beginOn, type Database } from "../database.ts";
import { lowestId } from "../inspect/filter.ts";
import { type Ask, readHabits } from "./evidence.ts";
import { resolveSpan } from "./span.ts";

export interface ReportRequest {
	readonly since: Moment;
	readonly until?: Moment | undefined;
	/** Left out: all. */
	readonly trigger?: string | undefined;
	/** Told now and then how many events and receipts were read. */
	readonly onProgress?: (read: number) => void;
	/** Events and receipts that are read at most. Left out: all. */
	readonly mostRead?: number;
}

/** There is more in the span than may be read. */
export class TooMuchToReadError extends Error {
	static override readonly name: string = "TooMuchToReadError";
}

export interface Report {
	readonly since: string;
	readonly until: string;
	readonly now: Date;
	/** How long a receipt may take, by trigger. */
	readonly horizons_ms: Readonly<Record<string, number>>;
	readonly lines: readonly AccountLine[];
	readonly total: Omit<AccountLine, "trigger_id" | "day">;
}

const DAY_MS = 86_400_000;
/** Requests and receipts from before the span may explain those within. */
const LOOK_BACK_MS = 2 * DAY_MS;
const ID_SLACK_MS = 2_000;
/** Rows in memory at a time. */
const FETCHED = 2_000;

// One key after the other: a trigger, a user and a value. Of every event where it stands, and its requests that Reward
// may have applied.
const ROWS = `
DECLARE account CURSOR FOR
SELECT k.trigger_id, k.user_id, k.comparable, k.is_event, k.day, k.value, k.standing, k.accepted, k.ambiguous, k.at
FROM (
  SELECT o.trigger_id, o.user_id, v.comparable, true AS is_event,
         CASE WHEN o.created_at >= $1::timestamptz AND o.created_at < $2::timestamptz
              THEN to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') END AS day,
         o.payload ->> 'value' AS value,
         CASE WHEN a.accepted IS NOT NULL THEN 'accepted'
              WHEN s.status = 'delivered' THEN 'decided'
              WHEN a.ambiguous IS NOT NULL OR s.status = 'uncertain' THEN 'ambiguous'
              WHEN s.status IN ('dead', 'cancelled') THEN s.status::text
              ELSE 'pending' END AS standing,
         a.accepted, a.ambiguous, NULL::float8 AS at
  FROM reward_outbox.outbox o
  LEFT JOIN reward_outbox.event_states s ON s.event_id = o.id
  LEFT JOIN LATERAL (
    SELECT array_agg(t.at) FILTER (WHERE t.accepted) AS accepted,
           array_agg(t.at) FILTER (WHERE NOT t.accepted) AS ambiguous
    FROM (
      SELECT bool_or(l.outcome = 'accepted') AS accepted,
             floor(date_part('epoch', min(l.started_at)) * 1000) AS at
      FROM reward_outbox.attempt_log l
      WHERE l.event_id = o.id AND l.outcome IN ('accepted', 'ambiguous')
      GROUP BY l.attempt
    ) t
  ) a ON true
  CROSS JOIN LATERAL (SELECT reward_outbox.comparable((o.payload ->> 'value')::numeric) AS comparable) v
  WHERE o.id >= $3::uuid AND o.id < $4::uuid
    AND ($5::text IS NULL OR o.trigger_id = $5)
  UNION ALL
  SELECT r.trigger_id, r.user_id, reward_outbox.comparable(r.value), false,
         CASE WHEN r.received_at >= $1::timestamptz AND r.received_at < $2::timestamptz
              THEN to_char(r.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') END,
         r.value::text, NULL, NULL, NULL, floor(date_part('epoch', r.received_at) * 1000)
  FROM reward_outbox.receipts r
  WHERE r.kind = 'event'
    AND r.received_at >= $1::timestamptz - $6::float8 * interval '1 millisecond'
    AND r.received_at < $2::timestamptz + interval '1 day'
    AND ($5::text IS NULL OR r.trigger_id = $5)
) k
ORDER BY k.trigger_id COLLATE "C", k.user_id COLLATE "C", k.comparable NULLS FIRST`;

interface Row {
	readonly trigger_id: string;
	readonly user_id: string;
	readonly comparable: number | null;
	readonly is_event: boolean;
	readonly day: string | null;
	readonly value: string | null;
	readonly standing: Standing;
	readonly accepted: readonly number[] | null;
	readonly ambiguous: readonly number[] | null;
	readonly at: number;
}

/** One snapshot, read key by key: memory does not grow with the span, but for a key that has all of it. */
export async function readReport(db: Database, request: ReportRequest): Promise<Report> {
	const { now, since, until } = await resolveSpan(db, request);
	const span = { since: since as string, until: until ?? now.toISOString() };
	const client = await db.connect();
	try {
		await client.query(beginOn(db));
		const horizons = new Horizons(async <Row>(text: string, values: unknown[]) => {
			return (await client.query(text, values)).rows as Row[];
		});
		const account = new Account(now.getTime());
		await readKeys(client, { ...request, ...span }, account, horizons);
		return { ...span, now, horizons_ms: horizons.known, lines: account.lines(), total: account.total() };
	} finally {
		// The connection goes, and the transaction with it: nothing was changed.
		client.release(true);
	}
}

async function readKeys(
	client: pg.ClientBase,
	{
		since,
		until,
		trigger,
		onProgress,
		mostRead = Number.POSITIVE_INFINITY,
	}: Omit<ReportRequest, "since" | "until"> & Record<"since" | "until", string>,
	account: Account,
	horizons: Horizons,
): Promise<void> {
	const [from, to] = [Date.parse(since) - LOOK_BACK_MS - ID_SLACK_MS, Date.parse(until) + ID_SLACK_MS];
	await client.query(ROWS, [since, until, lowestId(from), lowestId(to), trigger ?? null, LOOK_BACK_MS]);
	const key = new KeyInProgress();
	for (let read = 0; ; ) {
		const { rows } = await client.query<Row>(`FETCH ${FETCHED} FROM account`);
		if (rows.length === 0) break;
		for (const row of rows) {
			if (!key.takes(row)) await key.close(account, horizons);
			key.add(row);
		}
		read += rows.length;
		onProgress?.(read);
		if (read > mostRead)
			throw new TooMuchToReadError(`there are more than ${mostRead} events and receipts in that time`);
	}
	await key.close(account, horizons);
}

/** How long a receipt of a trigger may take: asked for once each. */
class Horizons {
	readonly known: Record<string, number> = Object.create(null);
	readonly #ask: Ask;

	constructor(ask: Ask) {
		this.#ask = ask;
	}

	async of(triggerId: string): Promise<number> {
		this.known[triggerId] ??= horizonMs(await readHabits(this.#ask, triggerId));
		return this.known[triggerId];
	}
}

/** What was read of a key so far. */
class KeyInProgress {
	#first: Row | null = null;
	#events: KeyEvent[] = [];
	#receipts: KeyReceipt[] = [];

	takes(row: Row): boolean {
		const first = this.#first ?? row;
		return first.trigger_id === row.trigger_id && first.user_id === row.user_id && first.comparable === row.comparable;
	}

	add(row: Row): void {
		this.#first ??= row;
		const { day, value, standing, accepted, ambiguous, at } = row;
		if (!row.is_event) this.#receipts.push({ day, value, at });
		else this.#events.push({ day, value, standing, accepted: accepted ?? [], ambiguous: ambiguous ?? [] });
	}

	async close(account: Account, horizons: Horizons): Promise<void> {
		if (this.#first === null) return;
		const { trigger_id } = this.#first;
		account.addKey(trigger_id, await horizons.of(trigger_id), this.#events, this.#receipts);
		this.#first = null;
		this.#events = [];
		this.#receipts = [];
	}
}
