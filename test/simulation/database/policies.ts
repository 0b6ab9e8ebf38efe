import type { TriggerPauseCode } from "../../../src/event/pause.ts";
import type { PolicyChanges } from "../../../src/store/trigger-policy.ts";
import { policyChanged } from "./quota.ts";
import type { Tables, Trigger } from "./tables.ts";

/** As in set_trigger(). */
const EVIDENCE_WAIT_MS = 900_000;
/** The column's default. */
const PROBE_EVERY_MS = 2_000;

/** pause_trigger(): by a person. */
export function pauseTrigger(tables: Tables, triggerId: string, reason: string, by: string): void {
	const trigger = triggerOf(tables, triggerId);
	const { pausedAt } = trigger;
	Object.assign(trigger, { pausedAt: tables.now, pausedBy: by, pausedReason: reason, pausedCode: null, probeAt: null });
	if (pausedAt !== tables.now) policyChanged(tables, triggerId);
}

/** pause_for_fault(): by a relay. False: it was paused already. */
export function pauseForFault(
	tables: Tables,
	triggerId: string,
	relay: string,
	code: TriggerPauseCode,
	reason: string,
	probeEveryMs: number,
): boolean {
	const trigger = triggerOf(tables, triggerId);
	if (trigger.pausedAt !== null) return false;
	Object.assign(trigger, {
		pausedAt: tables.now,
		pausedBy: relay,
		pausedCode: code,
		pausedReason: reason,
		probeAt: tables.now + probeEveryMs,
		probeEveryMs,
		probes: 0,
	});
	policyChanged(tables, triggerId);
	return true;
}

/** resume_trigger(). False: it was not paused. */
export function resumeTrigger(tables: Tables, triggerId: string): boolean {
	const trigger = tables.triggers.get(triggerId);
	if (trigger === undefined || trigger.pausedAt === null) return false;
	resume(tables, trigger);
	wakeRelays(tables);
	return true;
}

export function resume(tables: Tables, trigger: Trigger): void {
	Object.assign(trigger, {
		pausedAt: null,
		pausedBy: null,
		pausedReason: null,
		pausedCode: null,
		probeAt: null,
		probes: 0,
	});
	policyChanged(tables, trigger.triggerId);
}

/** set_trigger(). */
export function setTrigger(tables: Tables, triggerId: string, changes: PolicyChanges): void {
	const trigger = triggerOf(tables, triggerId);
	const { ratePerSecond, maxInFlight } = trigger;
	if (changes.mode !== undefined) trigger.mode = changes.mode;
	if (changes.max_attempts !== undefined) trigger.maxAttempts = changes.max_attempts;
	if (changes.rate_per_second !== undefined) trigger.ratePerSecond = changes.rate_per_second;
	if (changes.max_in_flight !== undefined) trigger.maxInFlight = changes.max_in_flight;
	if (changes.retry_ambiguous === "after_evidence") trigger.evidenceWaitMs ??= EVIDENCE_WAIT_MS;
	if (changes.retry_ambiguous === "at_once") trigger.evidenceWaitMs = null;
	trigger.tokens = null;
	trigger.refilledAt = null;
	if (trigger.ratePerSecond !== ratePerSecond || trigger.maxInFlight !== maxInFlight) policyChanged(tables, triggerId);
	wakeRelays(tables);
}

/** wake_relays(): the last quarter of the queue is left to others. */
export function wakeRelays(tables: Tables): void {
	if (tables.queueUsage < 0.75) tables.notifies = true;
}

/** The row of a trigger, made where there is none. */
function triggerOf(tables: Tables, triggerId: string): Trigger {
	const known = tables.triggers.get(triggerId);
	if (known !== undefined) return known;
	const made: Trigger = {
		triggerId,
		mode: "at_least_once",
		maxAttempts: null,
		ratePerSecond: null,
		maxInFlight: null,
		evidenceWaitMs: null,
		pausedAt: null,
		pausedBy: null,
		pausedReason: null,
		pausedCode: null,
		probeAt: null,
		probeEveryMs: PROBE_EVERY_MS,
		probes: 0,
		tokens: null,
		refilledAt: null,
	};
	tables.triggers.set(triggerId, made);
	policyChanged(tables, triggerId);
	return made;
}
