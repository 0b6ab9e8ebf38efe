/**
 * What an ambiguous attempt leads to. `at_least_once` retries and may duplicate; `at_most_once` holds the event as
 * `uncertain`.
 */
export type DeliveryMode = "at_least_once" | "at_most_once";

/** Where an event stands, as the `reward_outbox.events` view shows it. */
export type Status = "pending" | "sending" | "delivered" | "dead" | "uncertain" | "cancelled";

export const STATUSES = [
	"pending",
	"sending",
	"delivered",
	"dead",
	"uncertain",
	"cancelled",
] as const satisfies readonly Status[];

/** What goes over the wire for one event: nothing else of the row ever does. */
export interface RewardRequest {
	/** The event's id, sent as `Idempotency-Key`: constant across retries. */
	readonly eventId: string;
	readonly triggerId: string;
	readonly userId: string;
	/** `payload::text`, byte for byte as PostgreSQL prints it. Never parsed here. */
	readonly body: string;
}
