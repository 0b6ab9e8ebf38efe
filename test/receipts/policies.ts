import type pg from "pg";
import { setTrigger } from "../../src/store/trigger-policy.ts";

/** A trigger for each policy that is compared; all have the same customers, prices and faults. */
const POLICIES = {
	at_once: {},
	after_evidence: { auto_confirm: true, retry_ambiguous: "after_evidence" },
	confirm: { mode: "at_most_once", auto_confirm: true },
	confirm_and_resend: { mode: "at_most_once", auto_confirm: true, auto_resend: true },
} as const;

export type Policy = keyof typeof POLICIES;
export const POLICY_NAMES = Object.keys(POLICIES) as Policy[];

export async function setPolicies(pool: pg.Pool): Promise<void> {
	for (const name of POLICY_NAMES) await setTrigger(pool, name, POLICIES[name], "simulation");
}

/** What became of the events of one policy. */
export interface PolicyOutcome {
	readonly policy: Policy;
	readonly events: number;
	/** Events with an ambiguous attempt. */
	readonly doubtful: number;
	/** Ambiguous attempts that were applied: each would have been doubled by repeating it at once. */
	readonly applied: number;
	/** Applications beyond the first of an event. */
	readonly doubled: number;
	/** Counted as delivered although never applied. */
	readonly wronglyClosed: number;
	/** Uncertain in the end: for a person. */
	readonly left: number;
	/** Decided by receipts. */
	readonly confirmed: number;
	readonly resent: number;
}

const EVENTS = `
SELECT e.id, e.trigger_id AS policy, e.status,
       count(*) FILTER (WHERE a.outcome = 'ambiguous')::int AS ambiguous,
       count(*) FILTER (WHERE a.outcome = 'accepted')::int AS accepted
FROM reward_outbox.events e
LEFT JOIN reward_outbox.attempt_log a ON a.event_id = e.id
GROUP BY e.id, e.trigger_id, e.status`;
const DECISIONS = `
SELECT o.trigger_id AS policy, o.action, count(*)::int AS n
FROM reward_outbox.operations o
WHERE o.action IN ('confirm', 'resend_unconfirmed')
GROUP BY o.trigger_id, o.action`;

interface EventRow {
	readonly id: string;
	readonly policy: Policy;
	readonly status: string;
	readonly ambiguous: number;
	readonly accepted: number;
}

/** @param applications how often each event was applied, by its id */
export async function readOutcomes(pool: pg.Pool, applications: ReadonlyMap<string, number>): Promise<PolicyOutcome[]> {
	const { rows: events } = await pool.query<EventRow>(EVENTS);
	const { rows: decisions } = await pool.query<{ policy: Policy; action: string; n: number }>(DECISIONS);
	const decided = (policy: Policy, action: string) =>
		decisions.find((row) => row.policy === policy && row.action === action)?.n ?? 0;
	return POLICY_NAMES.map((policy) => {
		const own = events.filter((event) => event.policy === policy);
		const times = ({ id }: EventRow) => applications.get(id) ?? 0;
		const sum = (of: (event: EventRow) => number) => own.reduce((total, event) => total + of(event), 0);
		return {
			policy,
			events: own.length,
			doubtful: own.filter(({ ambiguous }) => ambiguous > 0).length,
			applied: sum((event) => (event.ambiguous > 0 ? times(event) - event.accepted : 0)),
			doubled: sum((event) => Math.max(0, times(event) - 1)),
			wronglyClosed: own.filter((event) => event.status === "delivered" && times(event) === 0).length,
			left: own.filter(({ status }) => status === "uncertain").length,
			confirmed: decided(policy, "confirm"),
			resent: decided(policy, "resend_unconfirmed"),
		};
	});
}
