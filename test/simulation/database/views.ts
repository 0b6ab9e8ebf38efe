import { isOpen } from "./leases.ts";
import type { Event, Lease, Tables } from "./tables.ts";

/** A row of the view `events`, without what never changes. Times in milliseconds. */
export interface EventView {
	readonly id: string;
	readonly status: "pending" | "sending" | "delivered" | "dead" | "uncertain" | "cancelled";
	readonly attempts: number;
	readonly nextAttemptAt: number | null;
	readonly deliveredAt: number | null;
	readonly lastOutcome: string | null;
	readonly lastError: string | null;
}

export function viewEvent(tables: Tables, event: Event): EventView {
	const { state, attempts } = event;
	const status = statusOf(tables, event);
	const accepted = latestOf(attempts.filter(({ outcome }) => outcome === "accepted"));
	const last = accepted ?? latestOf(attempts);
	const mostAttempts = attempts.reduce((most, { attempt }) => Math.max(most, attempt), 0);
	const isDelivered = state === null && accepted !== undefined;
	return {
		id: event.id,
		status,
		attempts: state?.attempts ?? (attempts.length > 0 ? mostAttempts : isInClaim(tables, event) ? 1 : 0),
		nextAttemptAt: nextAttemptAt(event, isDelivered),
		deliveredAt: isDelivered ? deliveredAt(accepted) : state?.status === "delivered" ? state.changedAt : null,
		lastOutcome: last?.outcome ?? null,
		lastError: state?.reason ?? (last === undefined ? null : errorOf(last)),
	};
}

/** What the view `events` calls it. */
export function statusOf(tables: Tables, event: Event): EventView["status"] {
	if (event.state !== null) return event.state.status;
	if (event.attempts.some(({ outcome }) => outcome === "accepted")) return "delivered";
	return isInClaim(tables, event) ? "sending" : "pending";
}

/** Read, and nothing is on record of it: a claim holds it. Of another epoch, the claim itself has to say so. */
function isInClaim({ installation }: Tables, { epoch, isRead, claims }: Event): boolean {
	return epoch === installation.epoch ? isRead : claims > 0;
}

function nextAttemptAt({ state, deliverAfter, createdAt }: Event, isDelivered: boolean): number | null {
	if (state !== null) return state.status === "pending" ? state.nextAttemptAt : null;
	return isDelivered ? null : (deliverAfter ?? createdAt);
}

type Attempt = Event["attempts"][number];

function deliveredAt({ startedAt, durationMs }: Attempt): number | null {
	return durationMs === null ? null : startedAt + durationMs;
}

function latestOf(attempts: readonly Attempt[]): Attempt | undefined {
	return attempts.toSorted((a, b) => b.attempt - a.attempt || b.startedAt - a.startedAt)[0];
}

function errorOf({ errorCode, errorMessage }: Attempt): string | null {
	if (errorCode === null) return errorMessage;
	return errorMessage === null ? errorCode : `${errorCode}: ${errorMessage}`;
}

/** An attempt as the view `attempts` shows it. */
export interface AttemptView {
	readonly eventId: string;
	readonly attempt: number;
	readonly outcome: string;
	readonly errorCode: string | null;
	readonly startedAt: number;
	/** Null: unknown, its relay died. */
	readonly durationMs: number | null;
	readonly relayNo: number;
}

/** Every request ever sent: those on record, and those of expired leases. */
export function viewAttempts(tables: Tables): AttemptView[] {
	const logged = [...tables.events.values()].flatMap(({ id, attempts }) =>
		attempts.map((attempt): AttemptView => ({ eventId: id, ...attempt })),
	);
	const expired = [...tables.claims.values()].filter(({ expiresAt }) => expiresAt < tables.now);
	return [...logged, ...expired.flatMap(unsettledOf)];
}

function unsettledOf(lease: Lease): AttemptView[] {
	return lease.events.filter(isOpen).map(({ event, attempt }) => ({
		eventId: event.id,
		attempt,
		outcome: "ambiguous",
		errorCode: "lease_expired",
		startedAt: lease.claimedAt,
		durationMs: null,
		relayNo: lease.relayNo,
	}));
}
