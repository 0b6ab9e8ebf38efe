import type { Logger } from "../log.ts";
import { Reconciler } from "../reconciliation/reconciler.ts";
import { takeAlertTurn } from "../store/alerts.ts";
import type { Database } from "../store/database.ts";
import { asker, decideByReceipts, goesByReceipts, measureReceipts, readOpenEvents } from "../store/receipts/decide.ts";
import { readEvidence, Surroundings } from "../store/receipts/evidence.ts";
import { systemClock } from "../timing/system-clock.ts";

/** What compares receipts with what was sent, on a connection that delivery has no use for. */
export function createReconciler(db: Database, relay: string, everyMs: number, log: Logger): Reconciler {
	const ask = asker(db);
	return new Reconciler({
		isAsked: () => goesByReceipts(db),
		takeTurn: (everyMs) => takeAlertTurn(db, "reconcile", everyMs),
		measure: () => measureReceipts(db),
		readOpen: (after, limit) => readOpenEvents(db, after, limit),
		beginRound: () => {
			const surroundings = new Surroundings(ask);
			return (eventId) => readEvidence(ask, eventId, surroundings);
		},
		decide: (eventId, delivered, evidence) => decideByReceipts(db, eventId, delivered, relay, evidence),
		clock: systemClock,
		random: Math.random,
		everyMs,
		log,
	});
}
