import { releaseNext } from "./order.ts";
import { wakeRelays } from "./policies.ts";
import { changeState, insertState } from "./states.ts";
import { type Event, type EventState, installationId, type Tables } from "./tables.ts";

/** adopt(): this database is the right one from now on. Returns how many events are to be sent. */
export function adopt(tables: Tables, cancelBacklog: boolean): number {
	collectUntouched(tables);
	const waiting = [...tables.events.values()]
		.map(({ state }) => state)
		.filter((state) => state !== null && isUnfinished(state));
	if (cancelBacklog) for (const state of waiting) cancel(tables, state as EventState);
	const underWay = firstAttempts(tables);
	if (cancelBacklog)
		for (const event of underWay)
			insertState(tables, event, {
				nextAttemptAt: tables.now,
				attempts: 1,
				status: "cancelled",
				reason: "cancelled at adoption",
			});
	const unfinished = cancelBacklog ? 0 : underWay.length + waiting.length;
	recordIdentity(tables);
	readEverything(tables);
	releaseNext(tables, keysThatWait(tables));
	wakeRelays(tables);
	return unfinished;
}

/** collect_untouched(): events of which nobody has anything left to do become rows. */
function collectUntouched(tables: Tables): void {
	const untouched = [...tables.events.values()]
		.filter(
			({ state, claims, attempts }) =>
				state === null && claims === 0 && !attempts.some(({ outcome }) => outcome === "accepted"),
		)
		.sort((a, b) => a.seq - b.seq);
	const seen = new Set<string>();
	const rows = untouched.map((event) => ({ event, blocked: isBlocked(tables, event, seen) }));
	for (const { event, blocked } of rows) collect(tables, event, blocked);
}

/** @param seen ordering keys of earlier ones */
function isBlocked(tables: Tables, event: Event, seen: Set<string>): boolean {
	const { orderingKey } = event;
	if (orderingKey === null || earlierTwin(tables, event) !== undefined) return false;
	const isFirst = !seen.has(orderingKey);
	seen.add(orderingKey);
	return !isFirst || tables.ordered.has(orderingKey);
}

function collect(tables: Tables, event: Event, blocked: boolean): void {
	const twin = earlierTwin(tables, event);
	const isUnknown = event.attempts.some(({ outcome }) => outcome === "ambiguous");
	const isUncertain = isUnknown && tables.triggers.get(event.triggerId)?.mode === "at_most_once";
	insertState(tables, event, {
		nextAttemptAt: Math.max(event.createdAt, event.deliverAfter ?? event.createdAt),
		attempts: event.attempts.reduce((most, { attempt }) => Math.max(most, attempt), 0),
		status: twin !== undefined ? "cancelled" : isUncertain ? "uncertain" : "pending",
		blocked,
		reason: reasonOf(twin, isUncertain),
		duplicateOf: twin?.id ?? null,
	});
}

function reasonOf(twin: Event | undefined, isUncertain: boolean): string | null {
	if (twin !== undefined) return `duplicate of ${twin.id}, which has the same idempotency key`;
	return isUncertain ? "an attempt is on record that may have been applied" : null;
}

/** Of events with the key of a captured one, the one that was inserted first. */
function earlierTwin(tables: Tables, { capturedKey, seq }: Event): Event | undefined {
	if (capturedKey === null) return undefined;
	return (tables.byKey.get(capturedKey) ?? []).filter((other) => other.seq < seq).sort((a, b) => a.seq - b.seq)[0];
}

function isUnfinished({ status }: EventState): boolean {
	return status === "pending" || status === "sending";
}

function cancel(tables: Tables, state: EventState): void {
	changeState(tables, state, {
		status: "cancelled",
		blocked: false,
		leaseId: null,
		reason: "cancelled at adoption",
		changedAt: tables.now,
	});
}

/** Under way: only their claim knows them. */
function firstAttempts(tables: Tables): Event[] {
	const ofHead = [...tables.claims.values()].filter(({ fromHead }) => fromHead);
	return ofHead
		.flatMap(({ events }) => events.map(({ event }) => event))
		.filter(({ attempts }) => attempts.length === 0);
}

/** Ordering keys of which an event waits for another one. */
function keysThatWait({ ordered }: Tables): string[] {
	const waits = ({ blocked, status }: EventState) => blocked && status === "pending";
	return [...ordered].filter(([, states]) => [...states].some(waits)).map(([key]) => key);
}

/** record_identity(). */
function recordIdentity(tables: Tables): void {
	const { installation, eventsOfEpoch, found } = tables;
	const epoch = installation.epoch + 1;
	tables.installation = {
		installationId: installationId(epoch),
		lineage: [...installation.lineage, installation.installationId].slice(-99),
		epoch,
		epochs: [...eventsOfEpoch.keys(), epoch],
		recorded: found,
		isOriginal: true,
		doubt: null,
	};
}

function readEverything(tables: Tables): void {
	for (const event of [...tables.unread, ...(tables.look ?? [])]) event.isRead = true;
	tables.unread = [];
	tables.look = null;
	tables.unreadByKey.clear();
	tables.headPosition++;
}
