import { Gauge, type Registry } from "prom-client";
import { DecimalSum } from "../event/decimal-sum.ts";
import { type Holding, TRIGGER_HOLD_CODES } from "../event/holding.ts";
import type { Pause } from "../event/pause.ts";
import type { RecordState } from "../event/record-state.ts";
import { STAKE_KINDS, type Stake } from "../event/stake.ts";
import { OTHERS } from "./trigger-counters.ts";

/** One reading of how the outbox as a whole is. */
export interface DepthReading {
	/** Events by status; `delivered` is left out, because counting it would read the whole record. */
	readonly byStatus: Readonly<Record<string, number>>;
	/** Seconds the oldest due event has waited; 0: nothing is due. */
	readonly oldestDueAgeSeconds: number;
	readonly pausedTriggers: number;
	readonly relaysAlive: number;
	readonly expiredLeases: number;
	readonly notificationQueueUsage: number;
	readonly unresolvedWatchErrors: number;
	readonly brokenWatches: number;
	readonly lostChanges: number;
	/** Triggers of which too many receipts came that no request explains. */
	readonly receiptBursts: readonly unknown[];
	readonly record: RecordState;
}

/** What a scrape reads at the moment it asks. */
export interface LiveReadings {
	/** Null: the database does not answer; the gauges then keep their last value. */
	readonly depth: () => Promise<DepthReading | null>;
	/** Null: it cannot be told now; the gauges then keep their last value. */
	readonly stake: () => Promise<Stake | null>;
	readonly relay: () => {
		readonly inFlight: number;
		readonly claimedAhead: number;
		readonly unwritten: number;
		readonly databaseOk: boolean;
		readonly pause: Pause | null;
		readonly breakerOpen: boolean;
		readonly heldTriggers: Holding["counts"];
		readonly listener: string;
		readonly wakeMode: string;
	};
	readonly pool: () => { readonly total: number; readonly idle: number; readonly waiting: number };
	/** Requests in flight at most. */
	readonly concurrency: number;
}

/** Returns what brings the gauges up to date. */
export function registerGauges(registers: Registry[], live: LiveReadings): () => Promise<void> {
	const outbox = outboxGauges(registers);
	const stake = stakeGauges(registers);
	const relay = relayGauges(registers, live);
	return async () => {
		relay();
		outbox(await live.depth());
		stake(await live.stake());
	};
}

function outboxGauges(registers: Registry[]): (reading: DepthReading | null) => void {
	const gauge = gaugesOf(registers);
	const events = gauge("events", "Events by status. Delivered ones are not counted.", ["status"]);
	const oldest = gauge("oldest_due_age_seconds", "How long the oldest due event has waited; 0: none is due.");
	const pausedTriggers = gauge("paused_triggers", "Triggers of which nothing is sent.");
	const alive = gauge("relays_alive", "Relays seen in the last 30 seconds.");
	const queue = gauge(
		"notification_queue_usage_ratio",
		"How full the server's queue of notifications is, whoever filled it: 0 to 1.",
	);
	const expired = gauge("expired_leases", "Leases that expired and were not reaped yet.");
	const missed = gauge(
		"unresolved_watch_errors",
		"Row changes that no watch could capture, until replayed or dismissed.",
	);
	const broken = gauge("broken_watches", "Watches that do not work as they stand.");
	const lost = gauge("lost_changes", "Times that a watch could neither capture changes nor record that.");
	const bursts = gauge("receipt_bursts", "Triggers of which too many receipts came that no request explains.");
	const record = recordGauges(registers);
	const read = gauge("scrape_depth_ok", "1: what the database knows was read for this scrape.");
	return (reading) => {
		read.set(reading === null ? 0 : 1);
		if (reading === null) return;
		for (const [status, count] of Object.entries(reading.byStatus)) events.set({ status }, count);
		oldest.set(reading.oldestDueAgeSeconds);
		pausedTriggers.set(reading.pausedTriggers);
		alive.set(reading.relaysAlive);
		expired.set(reading.expiredLeases);
		queue.set(reading.notificationQueueUsage);
		missed.set(reading.unresolvedWatchErrors);
		broken.set(reading.brokenWatches);
		lost.set(reading.lostChanges);
		bursts.set(reading.receiptBursts.length);
		record(reading.record);
	};
}

function recordGauges(registers: Registry[]): (record: RecordState) => void {
	const gauge = gaugesOf(registers);
	const chained = gauge("record_chained", "1: what is recorded is chained.");
	const anchored = gauge("record_anchored_time_seconds", "When the record's last hashes were told outside; 0: never.");
	const verified = gauge("record_verified_time_seconds", "When the record was verified last; 0: never.");
	const problems = gauge("record_problems", "What was found wrong when the record was verified last.");
	return (record) => {
		chained.set(record.chained ? 1 : 0);
		anchored.set((record.anchored_at?.getTime() ?? 0) / 1000);
		verified.set((record.verified_at?.getTime() ?? 0) / 1000);
		problems.set(record.problems ?? 0);
	};
}

/** Of the triggers with the most at stake one by one, and of all others together, so that their sum is the whole. */
function stakeGauges(registers: Registry[]): (stake: Stake | null) => void {
	const value = gaugesOf(registers)(
		"value_at_stake",
		"Sum of payload.value of events that are not simply delivered, by trigger.",
		["kind", "trigger"],
	);
	for (const kind of STAKE_KINDS) value.set({ kind, trigger: OTHERS }, 0);
	return (stake) => {
		if (stake === null) return;
		value.reset();
		for (const kind of STAKE_KINDS) {
			const { triggers, value: all } = stake[kind];
			for (const own of triggers) value.set({ kind, trigger: own.trigger_id }, Number(own.value));
			const named = triggers.reduce((sum, own) => sum.add(own.value), new DecimalSum());
			value.set({ kind, trigger: OTHERS }, Number(new DecimalSum().add(all).subtract(named).toString()));
		}
	};
}

function relayGauges(registers: Registry[], live: LiveReadings): () => void {
	const gauge = gaugesOf(registers);
	gauge("concurrency_limit", "Requests this relay may have in flight.").set(live.concurrency);
	const inFlight = gauge("in_flight_requests", "Requests under way.");
	const ahead = gauge("claimed_ahead_events", "Events claimed and not yet sent.");
	const unwritten = gauge("unwritten_results", "Results not yet on record.");
	const databaseUp = gauge("database_up", "1: the database answers.");
	const paused = gauge("relay_paused", "1: this relay sends nothing but probes.");
	const breaker = gauge("breaker_open", "1: Reward counts as down; one request at a time asks whether it is back.");
	const held = gauge("held_triggers", "Triggers that this relay holds back, by reason.", ["reason"]);
	const listener = gauge("listener_mode", "1 for the mode the listener is in.", ["mode"]);
	const wake = gauge("wake_mode", "1 for how new events are waited for.", ["mode"]);
	const connections = gauge("database_connections", "Connections of the relay's pool.", ["state"]);
	const waiting = gauge("waiting_statements", "Statements that wait for a connection.");
	return () => {
		const now = live.relay();
		inFlight.set(now.inFlight);
		ahead.set(now.claimedAhead);
		unwritten.set(now.unwritten);
		databaseUp.set(now.databaseOk ? 1 : 0);
		paused.set(now.pause === null ? 0 : 1);
		breaker.set(now.breakerOpen ? 1 : 0);
		for (const reason of TRIGGER_HOLD_CODES) held.set({ reason }, now.heldTriggers[reason] ?? 0);
		for (const mode of ["listening", "polling", "deaf", "connecting"])
			listener.set({ mode }, mode === now.listener ? 1 : 0);
		for (const mode of ["listening", "polling", "draining", "standby"])
			wake.set({ mode }, mode === now.wakeMode ? 1 : 0);
		const pool = live.pool();
		connections.set({ state: "idle" }, pool.idle);
		connections.set({ state: "busy" }, pool.total - pool.idle);
		waiting.set(pool.waiting);
	};
}

function gaugesOf(registers: Registry[]) {
	return (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name: `reward_outbox_${name}`, help, labelNames, registers });
}
