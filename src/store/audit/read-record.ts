import type pg from "pg";
import { subjectOf } from "../../audit/hashes.ts";
import type { ChainRecord, EntryRecord, HeaderRecord, PendingRecord, StateRecord } from "../../audit/records.ts";
import { OUTCOME_CLASSES } from "../../event/outcome.ts";
import type { Moment } from "../../moment.ts";
import type { Database } from "../database.ts";
import { resolveSpan } from "../receipts/span.ts";
import { setForTransaction } from "../session.ts";
import { CONTRADICTED_STATES } from "./contradicted-states.ts";

/** Entries in memory at a time: each lists some hundreds. */
const ENTRIES = 20;
/** Attempts in memory at a time, with their payloads. */
const ROWS = 200;

const HEADER = `
SELECT 'record' AS type, 1 AS format, i.installation_id AS installation, i.lineage,
       to_json(clock_timestamp() AT TIME ZONE 'UTC') AS exported_at,
       to_json($1::timestamptz AT TIME ZONE 'UTC') AS since, s.enabled AS chained,
       to_json(s.since AT TIME ZONE 'UTC') AS chained_since
FROM reward_outbox.installation i, reward_outbox.chain_settings s`;

// What was removed comes first: it explains what is missing later on. A chain is one by its entries, too: its row may
// have been removed to hide them.
const CHAINS = `
SELECT 'chain' AS type, n.chain, coalesce(c.cut_through, 0)::float8 AS cut_through,
       coalesce(c.cut_hash, '') AS cut_hash, coalesce(c.told_through, 0)::float8 AS told_through
FROM (SELECT k.chain FROM reward_outbox.chains k UNION SELECT e.chain FROM reward_outbox.chain_entries e) n
LEFT JOIN reward_outbox.chains c ON c.chain = n.chain
ORDER BY n.chain NOT IN ('removals', 'decisions'), n.chain = 'decisions', length(n.chain), n.chain COLLATE "C"`;

const ATTEMPTS = "SELECT l AS line FROM reward_outbox.chained_attempts($1, $2, $3) l";
const DECISIONS = "SELECT l AS line FROM reward_outbox.chained_decisions($1) l";

const ENTRIES_OF = `
DECLARE entries NO SCROLL CURSOR FOR
SELECT 'entry' AS type, e.chain, e.entry_no::float8 AS entry_no, to_json(e.at AT TIME ZONE 'UTC') AS at, e.kind,
       CASE WHEN e.entry_no = c.cut_through + 1 THEN c.cut_hash
            ELSE (SELECT p.hash FROM reward_outbox.chain_entries p
                  WHERE p.chain = e.chain AND p.entry_no = e.entry_no - 1) END AS previous,
       e.body, e.hash
FROM reward_outbox.chain_entries e
LEFT JOIN reward_outbox.chains c ON c.chain = e.chain
WHERE e.chain = $1 AND ($2::timestamptz IS NULL OR e.at >= $2)
ORDER BY e.entry_no`;

const PENDING = `
DECLARE pending NO SCROLL CURSOR FOR
SELECT 'pending' AS type, w.chain, w.kind, w.body FROM reward_outbox.chain_pending w
UNION ALL
SELECT 'pending', u.chain, u.kind, u.body FROM reward_outbox.unchained_entries() u`;

const LISTED = `
SELECT split_part(l.line, ' ', 1) AS id, split_part(l.line, ' ', 2) AS attempt, split_part(l.line, ' ', 3) AS outcome
FROM (
  SELECT e.kind, e.body FROM reward_outbox.chain_entries e WHERE $1::timestamptz IS NULL OR e.at >= $1
  UNION ALL
  SELECT w.kind, w.body FROM reward_outbox.chain_pending w
) b
CROSS JOIN LATERAL string_to_table(b.body, E'\\n') AS l(line)`;

// Hashed, and on disk where it does not fit into memory: nothing here may be looked up one by one.
const UNLISTED_ATTEMPTS = `
DECLARE unlisted NO SCROLL CURSOR FOR
SELECT concat_ws(' ', a.event_id, a.attempt, a.outcome) AS subject
FROM reward_outbox.attempt_log a
LEFT JOIN (
  ${LISTED} WHERE b.kind = 'attempts'
  UNION ALL
  SELECT u.event_id::text, u.attempt::text, n.outcome::text
  FROM reward_outbox.unchained_attempts n CROSS JOIN LATERAL unnest(n.event_ids, n.attempts) AS u(event_id, attempt)
) k
  ON k.id = a.event_id::text AND k.attempt = a.attempt::text AND k.outcome = a.outcome::text
WHERE k.id IS NULL AND ($1::timestamptz IS NULL OR a.started_at >= $1)`;

const UNLISTED_DECISIONS = `
DECLARE unlisted NO SCROLL CURSOR FOR
SELECT n.operation_no::text AS subject
FROM reward_outbox.operations n
LEFT JOIN (${LISTED} WHERE b.kind = 'decisions') k ON k.id = n.operation_no::text
WHERE k.id IS NULL AND ($1::timestamptz IS NULL OR n.at >= $1)
ORDER BY n.operation_no`;

type Kind = "attempts" | "decisions";

const IS_SUBJECT: Readonly<Record<Kind, (text: string) => boolean>> = {
	attempts: (text) =>
		/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} [0-9]{1,9} [a-z_]+$/.test(text) &&
		OUTCOME_CLASSES.some((outcome) => text.endsWith(` ${outcome}`)),
	decisions: (text) => /^[0-9]{1,15}$/.test(text),
};

/**
 * The record as docs/audit.md has it, one JSON text per line, out of one snapshot. It is read as it is asked for:
 * memory does not grow with it.
 */
export async function* readRecord(db: Database, since: Moment | undefined): AsyncGenerator<string> {
	const { since: from } = await resolveSpan(db, { since });
	const client = await db.connect();
	try {
		await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${setForTransaction(null)}`);
		let lines = 0;
		for await (const line of linesOf(client, from)) {
			lines += 1;
			yield line;
		}
		yield JSON.stringify({ type: "end", lines });
	} finally {
		// The connection goes, and the transaction with it: nothing was changed.
		client.release(true);
	}
}

async function* linesOf(client: pg.ClientBase, since: string | null): AsyncGenerator<string> {
	yield JSON.stringify((await client.query<HeaderRecord>(HEADER, [since])).rows[0]);
	for (const chain of (await client.query<ChainRecord>(CHAINS)).rows) {
		yield JSON.stringify(chain);
		// What was removed earlier may explain what was recorded since.
		const from = chain.chain === "removals" ? null : since;
		await client.query(ENTRIES_OF, [chain.chain, from]);
		for await (const entry of fetched<EntryRecord>(client, "entries", ENTRIES)) yield* withRows(client, entry);
	}
	await client.query(PENDING);
	for await (const pending of fetched<PendingRecord>(client, "pending", ENTRIES)) yield* withRows(client, pending);
	yield JSON.stringify({ type: "unlisted" });
	yield* unlisted(client, "attempts", UNLISTED_ATTEMPTS, since);
	yield* unlisted(client, "decisions", UNLISTED_DECISIONS, since);
	await openForAll(client, CONTRADICTED_STATES, since);
	for await (const state of fetched<StateRecord>(client, "states", ROWS)) yield JSON.stringify(state);
}

/** An entry, and what of it is still there. */
async function* withRows(client: pg.ClientBase, entry: EntryRecord | PendingRecord): AsyncGenerator<string> {
	const { kind, body } = entry;
	yield JSON.stringify(entry);
	if (kind !== "attempts" && kind !== "decisions") return;
	const subjects = body.split("\n").map((line) => subjectOf(line, kind));
	// What else stands there was put there by somebody, and is nothing that could be found.
	yield* rowsOf(client, kind, subjects.filter(IS_SUBJECT[kind]));
}

/** A cursor over what is found by looking at everything. */
async function openForAll(client: pg.ClientBase, statement: string, since: string | null): Promise<void> {
	await client.query("SELECT set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)");
	await client.query(statement, [since]);
	await client.query("SELECT set_config('enable_nestloop', 'on', true)");
}

async function* unlisted(
	client: pg.ClientBase,
	kind: Kind,
	statement: string,
	since: string | null,
): AsyncGenerator<string> {
	await openForAll(client, statement, since);
	let page: string[] = [];
	for await (const { subject } of fetched<{ subject: string }>(client, "unlisted", ROWS)) {
		page.push(subject);
		if (page.length < ROWS) continue;
		yield* rowsOf(client, kind, page);
		page = [];
	}
	yield* rowsOf(client, kind, page);
}

/** @param subjects as an entry lists them */
async function* rowsOf(client: pg.ClientBase, kind: Kind, subjects: readonly string[]): AsyncGenerator<string> {
	for (let first = 0; first < subjects.length; first += ROWS) {
		const parts = subjects.slice(first, first + ROWS).map((subject) => subject.split(" "));
		const columns = [0, 1, 2].map((column) => parts.map((part) => part[column]));
		const { rows } =
			kind === "attempts"
				? await client.query<{ line: string }>(ATTEMPTS, columns)
				: await client.query<{ line: string }>(DECISIONS, columns.slice(0, 1));
		for (const { line } of rows) yield line;
	}
}

async function* fetched<Row extends object>(client: pg.ClientBase, cursor: string, count: number): AsyncGenerator<Row> {
	for (;;) {
		const { rows } = await client.query<Row>(`FETCH ${count} FROM ${cursor}`);
		yield* rows;
		if (rows.length < count) break;
	}
	await client.query(`CLOSE ${cursor}`);
}
