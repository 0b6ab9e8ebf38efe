import { type Event, SqlError, type Tables } from "./tables.ts";

export interface NewEvent {
	readonly triggerId: string;
	readonly userId: string;
	/** JSON text. Default `{}`. */
	readonly payload?: string;
	readonly orderingKey?: string | null;
	readonly idempotencyKey?: string | null;
	/** Of an event that a watch captured: its key is no obstacle to another writer. */
	readonly capturedKey?: string | null;
	readonly source?: string | null;
	/** Milliseconds, by the database's clock. */
	readonly deliverAfter?: number | null;
	/** Default: a version 7 UUID of the database's clock. */
	readonly id?: string;
}

/** A transaction of the application. Until it commits nobody else sees of it more than its locks. */
export interface Transaction {
	readonly xid: number;
	readonly written: Event[];
	/** It found that nobody waits to be notified: the wake lock, shared. */
	isSilent: boolean;
	notifies: boolean;
}

export function beginTransaction(tables: Tables): Transaction {
	return { xid: tables.nextXid++, written: [], isSilent: false, notifies: false };
}

const BYTES = new TextEncoder();

export function insertEvent(tables: Tables, transaction: Transaction, given: NewEvent): string {
	const { triggerId, userId, payload = "{}", idempotencyKey = null, capturedKey = null } = given;
	if (idempotencyKey !== null) requireNewKey(tables, transaction, idempotencyKey);
	const seq = tables.nextSeq++;
	const event: Event = {
		id: given.id ?? timeOrderedId(tables.now, seq),
		xid: transaction.xid,
		seq,
		createdAt: tables.now,
		deliverAfter: given.deliverAfter ?? null,
		epoch: tables.installation.epoch,
		triggerId,
		userId,
		payload,
		idempotencyKey,
		capturedKey,
		orderingKey: given.orderingKey ?? null,
		source: given.source ?? null,
		bytes: BYTES.encode(payload).length + BYTES.encode(userId).length + BYTES.encode(triggerId).length + 64,
		isRead: false,
		state: null,
		attempts: [],
		claims: 0,
	};
	transaction.written.push(event);
	return event.id;
}

/** From here on claims see it, whatever was committed before. */
export function commitTransaction(tables: Tables, { written }: Transaction): void {
	for (const event of written) {
		tables.events.set(event.id, event);
		tables.eventsOfEpoch.set(event.epoch, (tables.eventsOfEpoch.get(event.epoch) ?? 0) + 1);
		for (const key of [event.idempotencyKey, event.capturedKey]) if (key !== null) addTo(tables.byKey, key, event);
		if (event.orderingKey !== null) {
			const unread = tables.unreadByKey.get(event.orderingKey);
			if (unread === undefined) tables.unreadByKey.set(event.orderingKey, new Set([event]));
			else unread.add(event);
		}
	}
	if (written.length > 0) tables.unread.splice(placeOf(tables.unread, written[0] as Event), 0, ...written);
}

/** Reading goes by transaction, in the order in which they got their ids: one that commits late comes in between. */
function placeOf(unread: readonly Event[], { xid }: Event): number {
	let place = unread.length;
	while (place > 0 && (unread[place - 1] as Event).xid > xid) place--;
	return place;
}

function requireNewKey(tables: Tables, transaction: Transaction, key: string): void {
	const earlier = [...(tables.byKey.get(key) ?? []), ...transaction.written];
	if (earlier.some((event) => event.idempotencyKey === key))
		throw new SqlError("23505", 'duplicate key value violates unique constraint "outbox_idempotency_key"');
}

/** A version 7 UUID: in the order of time. */
export function timeOrderedId(ms: number, n: number): string {
	const time = Math.floor(ms).toString(16).padStart(12, "0");
	const count = n.toString(16).padStart(12, "0");
	return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`;
}

function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}
