import type { Logger } from "../log.ts";
import { Reconciler } from "../reconciliation/reconciler.ts";
import { takeAlertTurn } from "../store/alerts.ts";
import type { Database } from "../store/database.ts";
import {
	asker,
	decideByReceipts,
	goesByReceipts,
	measureEvidenceWaits,
	readOpenEvents,
} from "../store/receipts/decide.ts";
import { readEvidence, readHabits } from "../store/receipts/evidence.ts";
import { systemClock } from "../timing/system-clock.ts";

/** What compares receipts with what was sent, on a connection that delivery has no use for. */
export function createReconciler(db: Database, relay: string, everyMs: number, log: Logger): Reconciler {
	const ask = asker(db);
	return new Reconciler({
		isAsked: () => goesByReceipts(db),
		takeTurn: (everyMs) => takeAlertTurn(db, "reconcile", everyMs),
		measureWaits: () => measureEvidenceWaits(db),
		readOpen: (after, limit) => readOpenEvents(db, after, limit),
		readHabits: (triggerId) => readHabits(ask, triggerId),
		readEvidence: (eventId, habitsOf) => readEvidence(ask, eventId, habitsOf),
		decide: (eventId, delivered, evidence) => decideByReceipts(db, eventId, delivered, relay, evidence),
		clock: systemClock,
		random: Math.random,
		everyMs,
		log,
	});
}
