import type { ClaimedEvent, ClaimRequest } from "../../../src/store/claim.ts";
import { CLAIM_BYTES, claimed, openLease } from "./leases.ts";
import { quotaUsed, triggerQuota } from "./quota.ts";
import { changeState, queueOf } from "./states.ts";
import type { EventState, Tables } from "./tables.ts";
import type { Ties } from "./ties.ts";

/** One call looks at no more. */
const MOST_TRIGGERS = 64;

/** claim_due(): an equal share of each trigger whose turn has come, oldest due first. */
export function claimDue(
	tables: Tables,
	request: ClaimRequest,
	limit: number,
	ties: Ties,
): { readonly events: ClaimedEvent[]; readonly nextDueMs: number | null } {
	const turns = triggersDue(tables, request.heldBack, ties);
	const taken: EventState[] = [];
	let bytes = 0;
	for (const [n, triggerId] of turns.entries()) {
		const room = limit - taken.length;
		if (room <= 0 || bytes >= CLAIM_BYTES) break;
		const share = request.probing.includes(triggerId) ? 1 : Math.ceil(room / (turns.length - n));
		const { quota, atLimit } = triggerQuota(tables, triggerId, share);
		const chosen = fitting(oldestDue(tables, triggerId, quota, ties), bytes);
		for (const state of chosen) {
			const attempts = state.attempts + 1;
			changeState(tables, state, { status: "sending", leaseId: request.dueLease, attempts, changedAt: tables.now });
			bytes += state.event.bytes;
		}
		taken.push(...chosen);
		planNextTurn(tables, triggerId, atLimit, quotaUsed(tables, triggerId, chosen.length, atLimit, request.leaseMs));
	}
	if (taken.length > 0)
		openLease(
			tables,
			request,
			false,
			taken.map(({ event, attempts }) => ({ event, attempt: attempts })),
		);
	return {
		events: taken.map((state) => nextAttempt(tables, state, request.dueLease)),
		nextDueMs: nextDue(tables, request),
	};
}

function triggersDue({ waiting, now }: Tables, heldBack: readonly string[], ties: Ties): string[] {
	const due = [...waiting].filter(([triggerId, { lookAt }]) => lookAt <= now && !heldBack.includes(triggerId));
	const rank = (triggerId: string) =>
		ties.triggers.includes(triggerId) ? ties.triggers.indexOf(triggerId) : due.length;
	if (due.length > 1) due.sort(([a, { lookAt }], [b, other]) => lookAt - other.lookAt || rank(a) - rank(b));
	return due.slice(0, MOST_TRIGGERS).map(([triggerId]) => triggerId);
}

function oldestDue(tables: Tables, triggerId: string, quota: number, ties: Ties): EventState[] {
	if (quota <= 0) return [];
	const { due } = queueOf(tables, triggerId);
	let end = 0;
	while (end < due.length && (due[end] as EventState).nextAttemptAt <= tables.now) end++;
	if (end <= quota || ties.events.size === 0) return due.slice(0, Math.min(end, quota));
	const rank = ({ event }: EventState) => (ties.events.has(event.id) ? 0 : 1);
	return due
		.slice(0, end)
		.sort((a, b) => a.nextAttemptAt - b.nextAttemptAt || rank(a) - rank(b) || a.event.seq - b.event.seq)
		.slice(0, quota);
}

/** As many as an answer may hold, of which the first always goes where it would be the only one. */
function fitting(oldest: readonly EventState[], used: number): EventState[] {
	const inOrder = [...oldest].sort((a, b) => a.nextAttemptAt - b.nextAttemptAt || (a.event.id < b.event.id ? -1 : 1));
	let size = 0;
	return inOrder.filter((state, n) => {
		size += state.event.bytes;
		return (n === 0 && used === 0) || used + size <= CLAIM_BYTES;
	});
}

/** When the trigger's turn comes again: when its oldest waiting event is due, and its policy allows it. */
function planNextTurn(tables: Tables, triggerId: string, atLimit: boolean, allowedAt: number): void {
	const oldest = queueOf(tables, triggerId).due[0];
	if (oldest === undefined) tables.waiting.delete(triggerId);
	else tables.waiting.set(triggerId, { lookAt: Math.max(oldest.nextAttemptAt, allowedAt, tables.now), atLimit });
}

function nextAttempt(tables: Tables, { event, attempts, excused }: EventState, leaseId: string): ClaimedEvent {
	return {
		...claimed(tables, event, leaseId),
		attempt: attempts,
		excused,
		ordered: event.orderingKey !== null,
		fromHead: false,
	};
}

/** Milliseconds until there is something to look at; null: nothing waits for a time. */
function nextDue({ waiting, now }: Tables, { heldBack }: ClaimRequest): number | null {
	let next = Number.POSITIVE_INFINITY;
	for (const [triggerId, { lookAt, atLimit }] of waiting)
		if (!atLimit && lookAt < next && !heldBack.includes(triggerId)) next = lookAt;
	return next === Number.POSITIVE_INFINITY ? null : Math.max(next - now, 0);
}
