import type { AttemptFacts, EventFacts, Facts, RelayFacts, TriggerFacts } from "../../src/event/facts.ts";
import { NOTHING_HELD } from "../../src/event/holding.ts";

export const NOW = new Date("2026-03-01T10:00:00Z");
export const ID = "019caa00-0000-7000-8000-000000000001";
export const OTHER_ID = "019caa00-0000-7000-8000-000000000002";

/** A moment before now; negative seconds: after it. */
export function ago(seconds: number): Date {
	return new Date(NOW.getTime() - seconds * 1000);
}

const EVENT: EventFacts = {
	id: ID,
	trigger_id: "successful_payment",
	user_id: "user123",
	status: "pending",
	attempts: 0,
	created_at: ago(300),
	deliver_after: null,
	next_attempt_at: ago(300),
	delivered_at: null,
	ordering_key: null,
	source: null,
	excused: 0,
	blocked: false,
	unread: false,
	refused: { retry: null, cancel: null, resolve: "not_uncertain" },
	reason: null,
};

export const RELAY: RelayFacts = {
	name: "host-1-abc",
	version: "0.1.0",
	concurrency: 64,
	started_at: ago(86_400),
	seen_at: ago(1),
	listener: "listening",
	paused_since: null,
	paused_code: null,
	paused_reason: null,
	holding: NOTHING_HELD,
};

export const TRIGGER: TriggerFacts = {
	trigger_id: "successful_payment",
	mode: "at_least_once",
	max_attempts: null,
	rate_per_second: null,
	max_in_flight: null,
	paused_at: null,
	paused_by: null,
	paused_reason: null,
	paused_code: null,
	probe_at: null,
};

/** A new event with a relay alive, and what the test says. */
export function factsWith({
	event = {},
	...facts
}: Partial<Omit<Facts, "event">> & { event?: Partial<EventFacts> } = {}): Facts {
	return {
		now: NOW,
		event: { ...EVENT, ...event },
		attempts: [],
		attempts_left_out: 0,
		operations: [],
		claim: null,
		held_back_by: null,
		holds_back: 0,
		trigger: null,
		trigger_in_flight: 0,
		relays: [RELAY],
		last_relay: null,
		default_max_attempts: 20,
		...facts,
	};
}

export function attempt(number: number, fields: Partial<AttemptFacts> = {}): AttemptFacts {
	return {
		attempt: number,
		started_at: ago(200 - number),
		duration_ms: 35,
		outcome: "accepted",
		http_status: 200,
		error_code: null,
		error_message: null,
		response_body: null,
		relay: "host-1-abc",
		...fields,
	};
}

export const REFUSED: Partial<AttemptFacts> = {
	outcome: "refused",
	http_status: 400,
	error_code: "missing_field",
	error_message: "value is required",
};
export const NOT_SENT: Partial<AttemptFacts> = {
	outcome: "not_sent",
	http_status: null,
	error_code: "ECONNREFUSED",
	error_message: null,
};
export const TIMED_OUT: Partial<AttemptFacts> = {
	outcome: "ambiguous",
	http_status: null,
	error_code: "timeout",
	error_message: "no answer within 15 s",
};
