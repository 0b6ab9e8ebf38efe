import { AssertionError } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { WRITTEN_EVENTS } from "../store/written-events.ts";
import type { FakeTransaction } from "./fake-transaction.ts";
import { type RecordedEvent, recordedEvent } from "./recorded-event.ts";

/** What an event has to be; what is left out may be anything. */
export type ExpectedEvent = Partial<RecordedEvent>;

/** Anything that can be asked for the events in a database: a client or pool of pg, PGlite. */
export interface EventDatabase {
	query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface ExpectOptions {
	/** How long events may take to arrive at a sandbox, in milliseconds. Default 5000. */
	readonly timeoutMs?: number;
}

const ASK_AGAIN_MS = 20;

/**
 * Exactly these events were emitted, in any order. Of each only what is given is compared.
 *
 * @param source a fake transaction, a database with the outbox in it, or a sandbox, which is waited for
 * @throws AssertionError that every test runner shows as a difference
 */
export async function expectEvents(
	source: FakeTransaction | Sandbox | EventDatabase,
	expected: readonly ExpectedEvent[],
	{ timeoutMs = 5_000 }: ExpectOptions = {},
): Promise<void> {
	const deadline = performance.now() + ("received" in source ? timeoutMs : 0);
	for (;;) {
		const actual = await eventsOf(source);
		if (areThese(actual, expected)) return;
		if (performance.now() >= deadline) throw difference(actual, expected);
		await pause(ASK_AGAIN_MS);
	}
}

async function eventsOf(source: FakeTransaction | Sandbox | EventDatabase): Promise<readonly RecordedEvent[]> {
	if ("events" in source) return source.events;
	if ("received" in source) return source.received().map(receivedEvent);
	const { rows } = await source.query(WRITTEN_EVENTS);
	return rows.map((row) => recordedEvent(row as Readonly<Record<string, unknown>>));
}

function receivedEvent(event: ReturnType<Sandbox["received"]>[number]): RecordedEvent {
	return recordedEvent({
		trigger_id: event.triggerId,
		user_id: event.userId,
		payload: event.body,
		idempotency_key: event.idempotencyKey,
	});
}

/** Each expected one has an event of its own, and none is left. */
function areThese(actual: readonly RecordedEvent[], expected: readonly ExpectedEvent[]): boolean {
	if (actual.length !== expected.length) return false;
	const takenBy = new Map<RecordedEvent, ExpectedEvent>();
	return expected.every((event) => findsOne(event, actual, takenBy, new Set()));
}

/**
 * One that is taken is free if whoever took it finds another: what says little must not take what another one needs.
 */
function findsOne(
	event: ExpectedEvent,
	actual: readonly RecordedEvent[],
	takenBy: Map<RecordedEvent, ExpectedEvent>,
	asked: Set<RecordedEvent>,
): boolean {
	for (const candidate of actual) {
		if (asked.has(candidate) || !matches(candidate, event)) continue;
		asked.add(candidate);
		const owner = takenBy.get(candidate);
		if (owner !== undefined && !findsOne(owner, actual, takenBy, asked)) continue;
		takenBy.set(candidate, event);
		return true;
	}
	return false;
}

function matches(actual: RecordedEvent, expected: ExpectedEvent): boolean {
	const names = Object.keys(expected) as (keyof ExpectedEvent)[];
	return names.every((name) => isDeepStrictEqual(actual[name], expected[name]));
}

/** Of each event only what was asked about, or the difference would drown in what was not. */
function difference(actual: readonly RecordedEvent[], expected: readonly ExpectedEvent[]): AssertionError {
	const asked = new Set(["trigger", "user", ...expected.flatMap((event) => Object.keys(event))]);
	const shown = actual.map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => asked.has(name))));
	return new AssertionError({
		message: `expected ${expected.length} ${expected.length === 1 ? "event" : "events"}, found ${actual.length}: ${JSON.stringify(shown)}`,
		actual: shown,
		expected,
		operator: "expectEvents",
		stackStartFn: expectEvents,
	});
}
