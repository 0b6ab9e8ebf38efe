import type { EventRow } from "../../event/columns.ts";
import type { DeliveryMode, Status } from "../../event/event.ts";
import type { HoldingReport } from "../../event/holding.ts";
import type { OutcomeClass } from "../../event/outcome.ts";

// The part of the schema that is read here. Nothing is written through it.

interface Outbox {
	id: string;
	seq: string;
	epoch: number;
	created_at: Date;
	deliver_after: Date | null;
	trigger_id: string;
	user_id: string;
	idempotency_key: string | null;
	ordering_key: string | null;
	metadata: unknown;
	source: string | null;
}

interface Attempts {
	event_id: string;
	attempt: number;
	started_at: Date;
	duration_ms: number | null;
	outcome: OutcomeClass;
	http_status: number | null;
	error_code: string | null;
	error_message: string | null;
	response_body: string | null;
	relay: string | null;
	response_headers: Record<string, string> | null;
}

interface EventStates {
	event_id: string;
	seq: string;
	next_attempt_at: Date;
	changed_at: Date;
	attempts: number;
	excused: number;
	status: Status;
	blocked: boolean;
	lease_id: string | null;
	trigger_id: string;
	ordering_key: string | null;
	reason: string | null;
}

interface Claims {
	lease_id: string;
	relay_no: number;
	claimed_at: Date;
	expires_at: Date;
	event_ids: string[];
}

interface Triggers {
	trigger_id: string;
	mode: DeliveryMode;
	max_attempts: number | null;
	rate_per_second: number | null;
	max_in_flight: number | null;
	paused_at: Date | null;
	paused_by: string | null;
	paused_reason: string | null;
	paused_code: string | null;
	probe_at: Date | null;
	auto_confirm: boolean;
	auto_resend: boolean;
}

interface Relays {
	relay_no: number;
	name: string;
	version: string;
	concurrency: number;
	started_at: Date;
	seen_at: Date;
	stopped_at: Date | null;
	listener: string;
	paused_since: Date | null;
	paused_code: string | null;
	paused_reason: string | null;
	holding: HoldingReport | null;
}

interface Operations {
	operation_no: string;
	at: Date;
	actor: string;
	action: string;
	event_id: string | null;
	trigger_id: string | null;
	reason: string | null;
	detail: unknown;
	run_no: string | null;
}

/** Tables and views of the schema `reward_outbox`, as the driver returns them. */
export interface ReadableSchema {
	outbox: Outbox;
	events: EventRow;
	attempts: Attempts;
	attempt_log: { event_id: string; started_at: Date; outcome: OutcomeClass };
	event_states: EventStates;
	unread: { id: string; trigger_id: string; created_at: Date };
	claims: Claims;
	triggers: Triggers;
	relays: Relays;
	operations: Operations;
}
