import type { Attempt } from "../../../../api/schema/event-detail.ts";

export interface Stretch {
	readonly kind: "waiting" | "sending";
	/** The attempt that was made, or waited for. */
	readonly attempt: number;
	readonly ms: number;
}

interface Lived {
	readonly created_at: string;
	readonly deliver_after: string | null;
	readonly delivered_at: string | null;
	readonly status: string;
}

/**
 * How an event spent its time since it was due: waiting, sending, waiting… Ends with what it does now, or with its
 * delivery.
 */
export function lifeOf(event: Lived, attempts: readonly Attempt[], nowMs: number): readonly Stretch[] {
	const stretches: Stretch[] = [];
	let at = Math.max(Date.parse(event.created_at), Date.parse(event.deliver_after ?? event.created_at));
	for (const { attempt, started_at, duration_ms } of attempts) {
		const start = Date.parse(started_at);
		if (start < at) continue;
		stretches.push({ kind: "waiting", attempt, ms: start - at });
		stretches.push({ kind: "sending", attempt, ms: duration_ms ?? 0 });
		at = start + (duration_ms ?? 0);
	}
	const next = (attempts.at(-1)?.attempt ?? 0) + 1;
	if (event.status === "pending") stretches.push({ kind: "waiting", attempt: next, ms: Math.max(0, nowMs - at) });
	if (event.status === "sending") stretches.push({ kind: "sending", attempt: next, ms: Math.max(0, nowMs - at) });
	return stretches;
}
