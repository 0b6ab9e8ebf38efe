import { expect, test } from "vitest";
import { CONTENT } from "../../src/audit/records.ts";
import { EVENT_FIELDS } from "../../src/client/event-fields.ts";
import { EVENT_COLUMN_NAMES } from "../../src/event/columns.ts";
import { STATUSES } from "../../src/event/event.ts";
import { OUTCOME_CLASSES } from "../../src/event/outcome.ts";
import { REFUSAL_CODES } from "../../src/event/refusal.ts";
import { createTestDatabase } from "../support/database.ts";

const ACTIONS = ["retry", "cancel", "resolve_delivered", "resolve_not_delivered"];

test("every refusal that the database can answer is a listed code, and none without a status is forgotten", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		`SELECT DISTINCT reward_outbox.refusal_code(a, s, d, o, p) AS code
		 FROM unnest($1::text[]) AS a, unnest($2::text[]) AS s, unnest('{t,f}'::boolean[]) AS d,
		      unnest('{t,f}'::boolean[]) AS o, unnest('{t,f}'::boolean[]) AS p`,
		[ACTIONS, [...STATUSES, null]],
	);
	const codes = rows.map(({ code }) => code as string | null).filter((code) => code !== null);
	expect(codes.filter((code) => !(REFUSAL_CODES as readonly string[]).includes(code))).toEqual([]);
	expect(codes.length).toBeGreaterThan(6);
	const { rows: missing } = await database.query(
		"SELECT DISTINCT reward_outbox.refusal_code(a, NULL, false, false, true) AS code FROM unnest($1::text[]) AS a",
		[ACTIONS],
	);
	expect(missing).toEqual([{ code: "no_such_event" }]);
});

test("outcomes and statuses are listed in the order of the database's types", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		`SELECT enum_range(NULL::reward_outbox.attempt_outcome)::text[] AS outcomes,
		        enum_range(NULL::reward_outbox.event_status)::text[] AS statuses`,
	);
	expect(rows).toEqual([{ outcomes: OUTCOME_CLASSES, statuses: STATUSES }]);
});

test("the fields of an event are listed in the order of emit()'s parameters, and its columns are those of the view", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		`SELECT a.name, format_type(a.type, NULL) AS type
		 FROM pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY AS a(name, type, n)
		 WHERE p.oid = 'reward_outbox.emit'::regproc ORDER BY a.n`,
	);
	const types = { text: "text", jsonb: "jsonb", timestamptz: "timestamp with time zone" };
	const fields = Object.entries(EVENT_FIELDS).map(([name, field]) => ({ name, type: types[field.type] }));
	// How it is written down, and nothing of the event.
	expect(rows).toEqual([...fields, { name: "wait", type: "boolean" }]);
	const { rows: listed } = await database.query("SELECT name, type FROM reward_outbox.event_fields() ORDER BY n");
	expect(listed).toEqual(fields);
	const { rows: columns } = await database.query(
		"SELECT attname FROM pg_attribute WHERE attrelid = 'reward_outbox.events'::regclass AND attnum > 0 ORDER BY attname",
	);
	expect(columns.map(({ attname }) => attname)).toEqual([...EVENT_COLUMN_NAMES].sort());
});

test("what has the fields of an event has all of them: tables, views, rules, what is captured and what is audited", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		`SELECT r.what, (
		          SELECT array_agg(f.name ORDER BY f.n)
		          FROM reward_outbox.event_fields() f
		          WHERE f.name <> ALL (r.names)
		        ) AS missing
		 FROM (
		   SELECT c.relname::text AS what, array_agg(a.attname::text) AS names
		   FROM pg_class c
		   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		   WHERE c.relnamespace = 'reward_outbox'::regnamespace
		     AND c.relname IN ('outbox', 'valid_event', 'new_events', 'watch_rules', 'watches')
		   GROUP BY c.relname
		   UNION ALL
		   SELECT p.proname, p.proargnames FROM pg_proc p WHERE p.oid = 'reward_outbox.watch'::regproc
		 ) r`,
	);
	expect(rows).toHaveLength(6);
	expect(rows.filter(({ missing }) => missing !== null)).toEqual([]);
	const { rows: captured } = await database.query(
		"SELECT attname::text AS name FROM pg_attribute WHERE attrelid = 'reward_outbox.captured'::regclass AND attnum > 0 ORDER BY attnum",
	);
	// insert_captured() inserts them by their positions.
	expect(captured.map(({ name }) => name)).toEqual(["source", ...Object.keys(EVENT_FIELDS)]);
	// What is sent when is on record with the attempts.
	const audited = Object.keys(EVENT_FIELDS).filter((name) => name !== "trigger_id" && name !== "deliver_after");
	expect(Object.keys(CONTENT)).toEqual(expect.arrayContaining(audited));
});
