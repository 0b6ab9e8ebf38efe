import type { Database } from "./database.ts";

/** A record that is stored about a person. */
interface UserRecord {
	readonly kind: "event" | "receipt" | "missing_event" | "watch_error";
	/** As it is in the database. */
	readonly record: unknown;
}

const PAGE = 200;

const COUNTS = `
SELECT (SELECT count(*) FROM reward_outbox.outbox o WHERE o.user_id = $1)::integer AS events,
       (SELECT count(*) FROM reward_outbox.receipts r WHERE r.user_id = $1)::integer AS receipts`;

export async function countOfUser(
	db: Database,
	userId: string,
): Promise<{ readonly events: number; readonly receipts: number }> {
	return (await db.query<{ events: number; receipts: number }>(COUNTS, [userId])).rows[0] ?? { events: 0, receipts: 0 };
}

// Exact: numbers keep their digits, which is why this is text.
const EVENTS = `
SELECT e.id,
       (to_jsonb(e) || jsonb_build_object(
         'attempts', (SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.attempt), '[]')
                      FROM reward_outbox.attempts a
                      WHERE a.event_id = e.id),
         'operations', (SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.operation_no), '[]')
                        FROM reward_outbox.operations o
                        WHERE o.event_id = e.id)))::text AS record
FROM (
  SELECT n.id
  FROM reward_outbox.outbox n
  WHERE n.user_id = $1 AND ($2::uuid IS NULL OR n.id > $2)
  ORDER BY n.id
  LIMIT $3
) w
JOIN reward_outbox.events e ON e.id = w.id
ORDER BY e.id`;

const RECEIPTS = `
SELECT r.receipt_no AS id, to_jsonb(r)::text AS record
FROM reward_outbox.receipts r
WHERE r.user_id = $1 AND ($2::bigint IS NULL OR r.receipt_no > $2)
ORDER BY r.receipt_no
LIMIT $3`;

const MISSING = `
SELECT m.event_id AS id, to_jsonb(m)::text AS record
FROM reward_outbox.missing_events m
WHERE m.user_id = $1 AND ($2::uuid IS NULL OR m.event_id > $2)
ORDER BY m.event_id
LIMIT $3`;

// The rows that a watch could not capture name a person in columns that only their owner knows: by the text.
const WATCH_ERRORS = `
SELECT w.error_no AS id, to_jsonb(w)::text AS record
FROM reward_outbox.watch_errors w
WHERE strpos(concat(w.new_row, w.old_row, w.key), to_json($1::text)::text) > 0
  AND ($2::bigint IS NULL OR w.error_no > $2)
ORDER BY w.error_no
LIMIT $3`;

/** Everything that is stored about a person, record by record, as JSON text. */
export async function* exportUser(db: Database, userId: string): AsyncGenerator<string> {
	const parts = [
		["event", EVENTS],
		["receipt", RECEIPTS],
		["missing_event", MISSING],
		["watch_error", WATCH_ERRORS],
	] as const satisfies readonly (readonly [UserRecord["kind"], string])[];
	for (const [kind, statement] of parts) {
		let after: string | null = null;
		for (;;) {
			const page: { id: string; record: string }[] = (
				await db.query<{ id: string; record: string }>(statement, [userId, after, PAGE])
			).rows;
			for (const { record } of page) yield `{"kind":"${kind}","record":${record}}`;
			if (page.length < PAGE) break;
			after = page.at(-1)?.id ?? null;
		}
	}
}
