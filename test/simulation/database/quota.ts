import type { Tables, Trigger } from "./tables.ts";

/** What a trigger's policy allows now. */
export interface Quota {
	readonly quota: number;
	/** An answer makes room, not the time. */
	readonly atLimit: boolean;
}

/** trigger_quota(). */
export function triggerQuota(tables: Tables, triggerId: string, limit: number): Quota {
	const policy = tables.triggers.get(triggerId);
	if (policy === undefined || !isLimited(policy)) return { quota: limit, atLimit: false };
	const sending = tables.queues.get(triggerId)?.sending ?? 0;
	if (policy.pausedAt !== null) {
		const mayProbe = policy.probeAt !== null && policy.probeAt <= tables.now && sending === 0;
		return { quota: mayProbe ? Math.min(limit, 1) : 0, atLimit: false };
	}
	let quota = limit;
	if (policy.maxInFlight !== null) quota = Math.min(quota, Math.max(policy.maxInFlight - sending, 0));
	if (policy.ratePerSecond !== null)
		quota = Math.min(quota, Math.floor(rateTokens(policy, policy.ratePerSecond, tables.now)));
	return { quota, atLimit: policy.maxInFlight !== null && policy.maxInFlight <= sending };
}

/** quota_used(): puts down what was taken, and returns from when on more may be allowed; -Infinity: at once. */
export function quotaUsed(tables: Tables, triggerId: string, taken: number, atLimit: boolean, leaseMs: number): number {
	const policy = tables.triggers.get(triggerId);
	if (policy === undefined || !isLimited(policy)) return Number.NEGATIVE_INFINITY;
	if (policy.pausedAt !== null) return afterProbe(tables, policy, taken, leaseMs);
	const allowedByRate = policy.ratePerSecond === null ? Number.NEGATIVE_INFINITY : useRate(tables, policy, taken);
	return Math.max(allowedByRate, atLimit ? tables.now + 1_000 : Number.NEGATIVE_INFINITY);
}

/** policy_changed(): another policy, another time to look at what waits. */
export function policyChanged(tables: Tables, triggerId: string): void {
	const waiting = tables.waiting.get(triggerId);
	if (waiting === undefined || waiting.lookAt <= tables.now) return;
	waiting.lookAt = tables.now;
	waiting.atLimit = false;
}

/** made_room(): those that were at their limit in flight may have their turn. */
export function madeRoom(tables: Tables, triggerIds: Iterable<string>): void {
	for (const triggerId of triggerIds) {
		const waiting = tables.waiting.get(triggerId);
		if (waiting?.atLimit) tables.waiting.set(triggerId, { lookAt: tables.now, atLimit: false });
	}
}

function isLimited({ pausedAt, ratePerSecond, maxInFlight }: Trigger): boolean {
	return pausedAt !== null || ratePerSecond !== null || maxInFlight !== null;
}

function afterProbe(tables: Tables, policy: Trigger, taken: number, leaseMs: number): number {
	const { now } = tables;
	if (taken > 0) setProbeAt(tables, policy, now + leaseMs);
	if (policy.probeAt === null) return Number.POSITIVE_INFINITY;
	return policy.probeAt > now ? policy.probeAt : now + 1_000;
}

/** A probe that comes earlier than it would have is another policy. */
export function setProbeAt(tables: Tables, policy: Trigger, probeAt: number): void {
	const isEarlier = policy.probeAt !== null && probeAt < policy.probeAt;
	policy.probeAt = probeAt;
	if (isEarlier) policyChanged(tables, policy.triggerId);
}

function useRate(tables: Tables, policy: Trigger, taken: number): number {
	const { now } = tables;
	const rate = policy.ratePerSecond as number;
	const left = rateTokens(policy, rate, now) - taken;
	const wentBack = policy.refilledAt !== null && policy.refilledAt > now;
	if (taken > 0 || wentBack) {
		policy.tokens = left;
		policy.refilledAt = now;
		if (wentBack) policyChanged(tables, policy.triggerId);
	}
	return left < 1 ? now + Math.min((1 - left) / rate, 86_400) * 1_000 : Number.NEGATIVE_INFINITY;
}

/** rate_tokens(): the bucket holds one second's worth, and at least one event. */
function rateTokens({ tokens, refilledAt }: Trigger, rate: number, now: number): number {
	if (refilledAt === null) return Math.min(Math.max(rate, 1), 1);
	const filled = Math.max(tokens ?? 0, 0) + rate * (Math.max(now - refilledAt, 0) / 1_000);
	return Math.min(Math.max(rate, 1), filled);
}
