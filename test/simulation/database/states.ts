import { type Event, type EventState, SqlError, type Tables, type TriggerQueue } from "./tables.ts";

/** What a new row of `event_states` says; the rest has its defaults. */
export type NewState = Pick<EventState, "nextAttemptAt" | "status"> & Partial<Omit<EventState, "event">>;

/** Inserts a row. False: there is one, and nothing is done. */
export function insertState(tables: Tables, event: Event, given: NewState): boolean {
	if (event.state !== null) return false;
	const state: EventState = {
		event,
		changedAt: tables.now,
		attempts: 0,
		excused: 0,
		blocked: false,
		leaseId: null,
		reason: null,
		duplicateOf: null,
		...given,
	};
	event.state = state;
	index(tables, state);
	noteWaiting(tables, state);
	return true;
}

/** Updates a row. */
export function changeState(tables: Tables, state: EventState, changes: Partial<Omit<EventState, "event">>): void {
	unindex(tables, state);
	Object.assign(state, changes);
	index(tables, state);
	noteWaiting(tables, state);
}

export function deleteState(tables: Tables, state: EventState): void {
	unindex(tables, state);
	state.event.state = null;
}

/** Under way, or to be. */
function isActive({ status }: EventState): boolean {
	return status === "pending" || status === "sending" || status === "uncertain";
}

/** The one of an ordering key that goes or may go; undefined: all of them wait. */
export function unblockedOf(tables: Tables, orderingKey: string): EventState | undefined {
	for (const state of tables.ordered.get(orderingKey) ?? []) if (!state.blocked) return state;
	return undefined;
}

export function queueOf(tables: Tables, triggerId: string): TriggerQueue {
	let queue = tables.queues.get(triggerId);
	if (queue === undefined) {
		queue = { due: [], sending: 0 };
		tables.queues.set(triggerId, queue);
	}
	return queue;
}

/** Whatever makes an event wait, its trigger is looked at no later than it is due. */
function noteWaiting(tables: Tables, { event, status, blocked, nextAttemptAt }: EventState): void {
	if (status !== "pending" || blocked) return;
	const waiting = tables.waiting.get(event.triggerId);
	if (waiting === undefined) tables.waiting.set(event.triggerId, { lookAt: nextAttemptAt, atLimit: false });
	else if (waiting.lookAt > nextAttemptAt) waiting.lookAt = nextAttemptAt;
}

function index(tables: Tables, state: EventState): void {
	const { event, status, blocked } = state;
	if (status === "sending") queueOf(tables, event.triggerId).sending++;
	if (status === "pending" && !blocked) {
		const { due } = queueOf(tables, event.triggerId);
		due.splice(placeOf(due, state), 0, state);
	}
	if (event.orderingKey === null || !isActive(state)) return;
	if (!blocked && unblockedOf(tables, event.orderingKey) !== undefined)
		throw new SqlError("23505", `two events of the ordering key ${event.orderingKey} would be under way`);
	const ofKey = tables.ordered.get(event.orderingKey);
	if (ofKey === undefined) tables.ordered.set(event.orderingKey, new Set([state]));
	else ofKey.add(state);
}

function unindex(tables: Tables, state: EventState): void {
	const { event, status, blocked } = state;
	if (status === "sending") queueOf(tables, event.triggerId).sending--;
	if (status === "pending" && !blocked) {
		const { due } = queueOf(tables, event.triggerId);
		due.splice(placeOf(due, state), 1);
	}
	if (event.orderingKey === null) return;
	const ofKey = tables.ordered.get(event.orderingKey);
	ofKey?.delete(state);
	if (ofKey?.size === 0) tables.ordered.delete(event.orderingKey);
}

/** Where a state is in the order in which they are due, or would be. */
function placeOf(due: readonly EventState[], state: EventState): number {
	let from = 0;
	let to = due.length;
	while (from < to) {
		const middle = (from + to) >> 1;
		if (comesBefore(due[middle] as EventState, state)) from = middle + 1;
		else to = middle;
	}
	return from;
}

function comesBefore(a: EventState, b: EventState): boolean {
	return a.nextAttemptAt === b.nextAttemptAt ? a.event.seq < b.event.seq : a.nextAttemptAt < b.nextAttemptAt;
}
