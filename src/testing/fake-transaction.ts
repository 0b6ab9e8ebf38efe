import { EVENT_FIELD_NAMES, type EventField } from "../client/event-fields.ts";
import { type RecordedEvent, recordedEvent } from "./recorded-event.ts";

/** Answers a statement of the application's own; left out: no rows. */
export type AnswerQuery = (text: string, values: readonly unknown[]) => readonly object[] | Promise<readonly object[]>;

/**
 * A transaction without a database: `emit` takes it, and what was emitted can be looked at. It looks like a client of
 * pg inside BEGIN, so the application's own statements go through it as well.
 */
export interface FakeTransaction {
	/** What was emitted and not rolled back, in order. */
	readonly events: readonly RecordedEvent[];
	query(text: string, values?: readonly unknown[]): Promise<{ rows: object[]; rowCount: number }>;
	/** From now on `emit` is refused, as after the end of a real one. */
	commit(): void;
	/** The same, and the events are gone. */
	rollback(): void;
	escapeIdentifier(text: string): string;
	getTransactionStatus(): "T" | "I";
}

const EMITS = "reward_outbox.emit(";
/** What PostgreSQL answers to an idempotency key that is another event's. */
const UNIQUE_VIOLATION = "23505";

export function fakeTransaction(answer: AnswerQuery = () => []): FakeTransaction {
	const events: RecordedEvent[] = [];
	let isOpen = true;
	const end = (): void => {
		isOpen = false;
	};
	return {
		events,
		async query(text, values = []) {
			const rows = text.includes(EMITS)
				? emitted(values).map((row) => ({ id: add(events, row) }))
				: await answer(text, values);
			return { rows: [...rows], rowCount: rows.length };
		},
		commit: end,
		rollback() {
			end();
			events.length = 0;
		},
		escapeIdentifier: (text) => `"${text.replaceAll('"', '""')}"`,
		getTransactionStatus: () => (isOpen ? "T" : "I"),
	};
}

type EmitArguments = Readonly<Record<EventField, unknown>>;

/** One event has a parameter for each column; several are the JSON text in a single one. */
function emitted(values: readonly unknown[]): EmitArguments[] {
	if (values.length === EVENT_FIELD_NAMES.length) {
		return [Object.fromEntries(EVENT_FIELD_NAMES.map((name, index) => [name, values[index]])) as EmitArguments];
	}
	const rows = JSON.parse(String(values[0])) as EmitArguments[];
	return rows.map((row) => ({
		...row,
		payload: JSON.stringify(row.payload),
		metadata: row.metadata === undefined ? null : JSON.stringify(row.metadata),
	}));
}

/** The event's id: the first one's where the idempotency key is known. */
function add(events: RecordedEvent[], row: EmitArguments): string {
	const event = recordedEvent(row);
	const known = events.findIndex(
		({ idempotencyKey }) => idempotencyKey !== null && idempotencyKey === event.idempotencyKey,
	);
	const first = events[known];
	if (first === undefined) return idOf(events.push(event));
	if (isSame(first, event)) return idOf(known + 1);
	const message = `idempotency key ${JSON.stringify(event.idempotencyKey)} was used for another event`;
	throw Object.assign(new Error(message), { code: UNIQUE_VIOLATION });
}

function isSame(a: RecordedEvent, b: RecordedEvent): boolean {
	return a.trigger === b.trigger && a.user === b.user && a.payloadText === b.payloadText;
}

function idOf(number: number): string {
	return `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}
