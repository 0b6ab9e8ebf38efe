import { isOpen, takeOut } from "./leases.ts";
import { changeState, insertState } from "./states.ts";
import type { Event, Lease, Tables } from "./tables.ts";

/** give_back(): what was provably not sent, with the count of attempts it had before. Returns how many. */
export function giveBack(tables: Tables, leaseId: string, eventIds: readonly string[] | null): number {
	const lease = tables.claims.get(leaseId);
	if (lease === undefined) return 0;
	const open = lease.events.filter(isOpen).map(({ event }) => event);
	const returned = new Set(open.filter(({ id }) => eventIds === null || eventIds.includes(id)));
	if (returned.size === 0) return 0;
	for (const event of returned) putBack(tables, lease, event);
	takeOut(tables, lease, returned);
	return returned.size;
}

function putBack(tables: Tables, { leaseId, fromHead }: Lease, event: Event): void {
	const { state } = event;
	const nextAttemptAt = tables.now;
	if (fromHead) insertState(tables, event, { nextAttemptAt, status: "pending" });
	else if (state !== null && state.leaseId === leaseId)
		changeState(tables, state, {
			status: "pending",
			leaseId: null,
			attempts: state.attempts - 1,
			changedAt: tables.now,
			nextAttemptAt,
		});
}
