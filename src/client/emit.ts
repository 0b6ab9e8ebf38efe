import type { Executor, Row, TransactionProblem } from "./adapter.ts";
import { type EmitArguments, emitArguments } from "./emit-arguments.ts";
import { checkOptions } from "./emit-options.ts";
import { EVENT_FIELD_NAMES, EVENT_FIELDS, type EventField } from "./event-fields.ts";
import type { EmitOptions, EventInput } from "./event-input.ts";
import { withEachEvent } from "./event-list.ts";
import { executorOf, type TransactionHandle } from "./executor.ts";

/**
 * Every parameter is text, cast here: a driver that learns of a jsonb or timestamptz parameter may encode it by its own
 * ideas (postgres.js makes a JSON string of JSON text, and a Date without microseconds of a time).
 */
const EMIT = emitOf((name, index) => {
	const { type } = EVENT_FIELDS[name];
	return type === "text" ? `$${index + 1}::text` : `$${index + 1}::text::${type}`;
});

/**
 * All events in one text parameter: arrays are what drivers encode differently. An absent key is a NULL argument. The
 * set is read in order, and the volatile call is made after the ORDER BY, so events are written and answered as given.
 */
const EMIT_MANY = `${emitOf((name) => {
	const { type } = EVENT_FIELDS[name];
	if (type === "jsonb") return `item.event -> '${name}'`;
	return type === "text" ? `item.event ->> '${name}'` : `(item.event ->> '${name}')::${type}`;
})}
FROM pg_catalog.jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS item (event, position)
ORDER BY item.position`;

function emitOf(argument: (name: EventField, index: number) => string): string {
	const given = EVENT_FIELD_NAMES.map((name, index) => `  ${name.padEnd(15)} => ${argument(name, index)}`);
	return `SELECT reward_outbox.emit(\n${given.join(",\n")}\n) AS id`;
}

/**
 * Writes one event in the caller's transaction: it is sent to Reward if and only if that transaction commits. One round
 * trip.
 *
 * @param tx the transaction: a pg client inside BEGIN, or a transaction of postgres.js, Kysely, Knex, Drizzle, Prisma,
 *   TypeORM, Sequelize, MikroORM, pg-promise, Slonik, PGlite or Bun's SQL. Savepoints are honoured.
 * @returns the event's id, a UUID; with a known `idempotencyKey`, the id of the first event.
 * @throws InvalidEventError, NotInTransactionError, UnsupportedTransactionError before any SQL: the transaction stays
 *   usable. OutboxSetupError when the database has no outbox, or this user may not write to it. Anything else the
 *   database says (23505: the idempotency key was used for another event; connection errors) comes from the driver as
 *   it is. As after any failed statement the transaction can then only be rolled back.
 */
export async function emit<const Payload extends object = object, const Metadata extends object = object>(
	tx: TransactionHandle,
	event: EventInput<Payload, Metadata>,
	options: EmitOptions = {},
): Promise<string> {
	const row = emitArguments(event);
	checkOptions(options);
	const found = transactionOf(tx, options);
	// Awaited only where it has to be: an emit that nobody awaits still goes out before what the caller sends next.
	const executor = found instanceof Promise ? await found : found;
	const rows = await executor.query(
		EMIT,
		EVENT_FIELD_NAMES.map((name) => row[name]),
	);
	return idOf(rows[0]);
}

/**
 * Writes several events in one statement, in the order given; the same as `emit` for each, or nothing at all.
 *
 * @param events at most 1,000; none sends no SQL.
 * @returns their ids, in the same order.
 * @throws as `emit`; an InvalidEventError's `field` then begins with `events[index]`.
 */
export async function emitMany<const Payload extends object = object, const Metadata extends object = object>(
	tx: TransactionHandle,
	events: readonly EventInput<Payload, Metadata>[],
	options: EmitOptions = {},
): Promise<string[]> {
	const rows = withEachEvent(events, emitArguments);
	checkOptions(options);
	const found = transactionOf(tx, options);
	const executor = found instanceof Promise ? await found : found;
	if (rows.length === 0) return [];
	const result = await executor.query(EMIT_MANY, [`[${rows.map(jsonObject).join(",")}]`]);
	return result.map(idOf);
}

/** A promise only where the database has to be asked whether there is a transaction. */
function transactionOf(tx: unknown, options: EmitOptions): Executor | Promise<Executor> {
	const executor = executorOf(tx);
	if (options.outsideTransaction === "allow") return executor;
	const accept = (problem: TransactionProblem): Executor => {
		if (problem) throw problem;
		return executor;
	};
	const answer = executor.whyNotInTransaction();
	return answer instanceof Promise ? answer.then(accept) : accept(answer);
}

/** Payload and metadata are JSON text already; parsing them to nest them would change numbers. */
function jsonObject(row: EmitArguments): string {
	const members = EVENT_FIELD_NAMES.filter((name) => row[name] !== null).map((name) => {
		const isJson = EVENT_FIELDS[name].type === "jsonb";
		return `"${name}":${isJson ? row[name] : JSON.stringify(row[name])}`;
	});
	return `{${members.join(",")}}`;
}

function idOf(row: Row | undefined): string {
	const id = row?.["id"];
	if (typeof id !== "string") throw new TypeError("reward_outbox.emit returned no id: does a plugin rewrite results?");
	return id;
}
