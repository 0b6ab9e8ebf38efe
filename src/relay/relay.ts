import type { HoldingReport } from "../event/holding.ts";
import type { Pause } from "../event/pause.ts";
import { logEvents } from "../log.ts";
import type { ListenerMode } from "../store/relays.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { DatabaseSession } from "./database-session.ts";
import { Dispatcher } from "./dispatcher.ts";
import { FaultAttribution } from "./fault-attribution.ts";
import { Heart } from "./heart.ts";
import { LeaseBook } from "./lease-book.ts";
import { Loops } from "./loops.ts";
import { everyObserver } from "./observers.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import { Presence } from "./presence.ts";
import { ReapLoop } from "./reap-loop.ts";
import { Recorder } from "./recorder.ts";
import { Sampler } from "./sampler.ts";
import type { PendingSettlement } from "./settler.ts";
import { Trip } from "./trip.ts";
import type { WakeEvent } from "./wake-mode.ts";

/** Kept at the end of the grace for writing down what became of requests that had to be aborted. */
const SETTLE_AT_MOST_MS = 2_000;

/** What became of a stop. */
export interface StopReport {
	/** Claimed events that were handed back unsent. */
	readonly givenBack: number;
	/** Requests that were aborted: they are on record as ambiguous. */
	readonly abandoned: number;
}

/**
 * A relay: its rooms, the loops that keep them going, starting and stopping. What happens to an event stands in
 * trip.ts; everything real comes as a parameter, and decisions are pure functions.
 */
export class Relay {
	readonly #parts: RelayParts;
	readonly #session: DatabaseSession;
	readonly #dispatcher: Dispatcher;
	readonly #recorder: Recorder;
	readonly #faults: FaultAttribution;
	readonly #trip: Trip;
	readonly #claims: ClaimLoop;
	readonly #reaping: ReapLoop;
	readonly #sampler: Sampler;
	readonly #leases = new LeaseBook();
	readonly #heart: Heart;
	readonly #presence: Presence;
	readonly #loops: Loops;
	readonly #beside = new Set<Promise<unknown>>();
	#listener: ListenerMode = "connecting";
	#stopping = false;
	#running: Promise<void> | undefined;
	#stopped: Promise<StopReport> | undefined;
	#givenBack = 0;

	constructor(settings: RelaySettings, given: RelayParts) {
		this.#sampler = new Sampler(given.store, given.clock);
		const parts = { ...given, observer: everyObserver([given.observer, this.#sampler.observer]) };
		const { clock, random } = parts;
		const port = this.#createPort();
		const leases = this.#leases;
		const session = new DatabaseSession(settings, parts, port);
		const dispatcher = new Dispatcher({ clock, random, concurrency: settings.concurrency, shared: parts.slots, port });
		const recorder = new Recorder({ parts, session, dispatcher, port });
		const faults = new FaultAttribution({ settings, parts, session, port });
		const trip = new Trip({ settings, parts, session, leases, dispatcher, faults, recorder, port });
		const claims = new ClaimLoop({ settings, parts, session, dispatcher, trip, port });
		this.#parts = parts;
		this.#session = session;
		this.#dispatcher = dispatcher;
		this.#recorder = recorder;
		this.#faults = faults;
		this.#trip = trip;
		this.#claims = claims;
		this.#heart = new Heart({ clock, idleMs: settings.pace.heartbeatMs, idleLookMs: settings.pace.lookMs, port });
		this.#reaping = new ReapLoop({ settings, parts, session, leases, port });
		this.#presence = new Presence({ parts, settings, session, leases, wakeModes: claims.wakeModes, port });
		this.#loops = new Loops({
			loops: [claims, this.#reaping, this.#heart, this.#presence],
			random,
			onFailure: (error, retryInMs) => session.failed(error, retryInMs),
		});
	}

	#createPort(): RelayPort {
		return {
			claimed: () => this.#presence.claimed(),
			mayBeSentUntil: (claimedAt) => this.#presence.mayBeSentUntil(claimedAt),
			deliver: (attempt) => void this.#trip.deliver(attempt),
			giveBack: (events) => this.#runBeside(this.#trip.giveBack(events)),
			givenBack: (count) => this.#countGivenBack(count),
			recorded: (batch) => this.#recorded(batch),
			dueIn: (ms) => this.#claims.dueIn(ms),
			reapable: () => this.#reaping.mayReap(),
			databaseIsBack: () => this.#databaseIsBack(),
			databasePauseChanged: () => this.#databasePauseChanged(),
			keyPauseChanged: (pause) => this.#keyPauseChanged(pause),
			keyReloaded: () => this.keyReloaded(),
			beat: (holding) => this.#beat(holding),
			beside: (work) => this.#runBeside(work),
			condition: () => ({ listener: this.#listener, pause: this.#dispatcher.pause, holding: this.#dispatcher.holding }),
			databaseMoved: () => this.#leases.databaseMoved(),
			openLeases: () => this.#leases.openAt(this.#parts.clock.now()),
			attemptUnder: (leaseId) => this.#leases.attemptUnder(leaseId),
			reaped: (leaseId) => this.#leases.mayBeGone(leaseId),
			holding: () => this.#dispatcher.holding,
			isWorking: () => this.#leases.size > 0,
			isAble: () => this.#isAble,
		};
	}

	/** Starts the loops. Calling it again, or after stop(), does nothing. */
	start(): void {
		if (this.#stopped !== undefined) return;
		this.#running ??= this.#loops.run();
	}

	/**
	 * Stops claiming, gives back what was not sent, waits for what is in flight and writes it down. May be called twice.
	 * @param graceMs after that, requests still in flight are aborted and count as ambiguous
	 */
	stop(graceMs: number): Promise<StopReport> {
		this.#stopped ??= this.#shutDown(graceMs);
		return this.#stopped;
	}

	/** Relays of other databases have left something of the budget that this one wanted more of. */
	roomIsThere(): void {
		this.#dispatcher.pump();
		this.#claims.settled();
	}

	/** Something was written, or another relay wants this one to look. */
	notified(): void {
		this.#claims.notified();
	}

	/** Somebody wants a look. */
	wake(): void {
		this.#claims.wake();
	}

	/** @param sessionId the server's process id of the session that listens */
	listenerChanged(mode: ListenerMode, sessionId: number | null): void {
		this.#listener = mode;
		this.#presence.sessionChanged(mode === "listening" ? sessionId : null);
		this.#heart.beatNow();
	}

	/** The wake lock was granted, or lost. */
	wakeLockChanged(event: Extract<WakeEvent, "held" | "lost">): void {
		this.#claims.wakeModes.on(event);
	}

	/** The API key was read again: find out at once whether it is good. */
	keyReloaded(): void {
		this.#faults.keyChanged();
		this.#dispatcher.probeNow();
		this.#claims.wake();
	}

	/** Its number in the database; 0: it has none yet. */
	get relayNo(): number {
		return this.#session.relayNo;
	}

	/** What `/readyz` and the metrics want to know. */
	get state() {
		return {
			databaseOk: this.#session.answers && this.#session.relayNo > 0,
			pause: this.#session.pause ?? this.#dispatcher.pause,
			inFlight: this.#dispatcher.inFlight,
			claimedAhead: this.#dispatcher.waiting,
			unwritten: this.#dispatcher.unwritten,
			breakerOpen: this.#dispatcher.breakerOpen,
			heldTriggers: this.#dispatcher.holding?.counts ?? {},
			listener: this.#listener,
			wakeMode: this.#claims.wakeModes.mode,
			isAlone: this.#presence.isAlone,
		};
	}

	async #beat(holding: HoldingReport | null, stopped = false): Promise<void> {
		if (this.#session.relayNo === 0) return;
		// Also where nothing has failed: a pooler can lead elsewhere without a word.
		const isShared = this.#session.isIdentifying;
		if (stopped) await this.#session.leave();
		const isTold = !stopped && (await this.#session.identify());
		const { relayNo } = this.#session;
		const { pause } = this.state;
		if (!isTold || isShared)
			await this.#parts.store.heartbeat({ relayNo, listener: this.#listener, pause, holding, stopped });
		await this.#sampler.write(relayNo);
	}

	/** Whether waking it would lead to a delivery. */
	get #isAble(): boolean {
		const { pause, breakerOpen, listener } = this.state;
		return pause === null && !breakerOpen && listener === "listening" && !this.#stopping;
	}

	#recorded(batch: readonly PendingSettlement[]): void {
		for (const { decision, event } of batch) {
			if (decision.next === "pending") this.#claims.dueIn(decision.delayMs);
			// It may have set the next of its ordering key free, or room under its trigger's limit.
			if (!event.fromHead) this.#claims.dueIn(0);
		}
		this.#dispatcher.pump();
		this.#claims.settled();
	}

	#countGivenBack(count: number): void {
		this.#givenBack += count;
		this.#parts.observer.givenBack(count);
	}

	#keyPauseChanged(pause: Pause | null): void {
		const { log } = this.#parts;
		if (pause !== null) logEvents.paused(log, { scope: "relay", trigger_id: null, ...pause });
		else logEvents.resumed(log, { scope: "relay", trigger_id: null });
		this.#pauseChanged(pause);
	}

	/** The database turned out to be the right one, or not: what was claimed in a wrong one is not sent. */
	#databasePauseChanged(): void {
		const { pause } = this.#session;
		this.#dispatcher.hold(pause !== null);
		this.#pauseChanged(pause);
	}

	#pauseChanged(pause: Pause | null): void {
		if (pause !== null) this.#parts.observer.paused("relay");
		else this.#claims.dueIn(0);
		this.#heart.beatNow();
		this.#claims.wake();
	}

	#databaseIsBack(): void {
		this.#dispatcher.mayRecord(true);
		this.#claims.wake();
	}

	/** Keeps track of work that runs beside the loops, so that stopping can wait for it. */
	#runBeside(work: Promise<unknown>): void {
		const tracked = work.catch((error) => this.#session.failed(error)).finally(() => this.#beside.delete(tracked));
		this.#beside.add(tracked);
	}

	async #shutDown(graceMs: number): Promise<StopReport> {
		const before = this.#givenBack;
		logEvents.relayStopping(this.#parts.log, { in_flight: this.#dispatcher.inFlight, grace_ms: graceMs });
		this.#stopping = true;
		this.#dispatcher.close();
		this.#loops.stop();
		const finished = this.#finishWork();
		const settleMs = Math.min(SETTLE_AT_MOST_MS, graceMs / 4);
		await this.#within(graceMs - settleMs, finished);
		const abandoned = this.#dispatcher.inFlight;
		await this.#parts.sender.close();
		if (!(await this.#within(settleMs, finished))) {
			this.#parts.log.error({ unwritten: this.#dispatcher.unwritten }, "stopping without having told the database all");
		}
		return { givenBack: this.#givenBack - before, abandoned };
	}

	async #finishWork(): Promise<void> {
		await this.#running;
		while (this.#dispatcher.inFlight > 0) await this.#claims.wait.upTo(1_000);
		while (this.#beside.size > 0) await Promise.all(this.#beside);
		await this.#recorder.drain();
		// What was given back is for the other relays.
		if (this.#givenBack > 0) await this.#parts.store.wakeRelays().catch(() => {});
		await this.#beat(null, true).catch(() => {});
	}

	/** Whether the work was done within `ms`. */
	async #within(ms: number, work: Promise<void>): Promise<boolean> {
		let cancel = () => {};
		const late = new Promise<false>((resolve) => {
			cancel = this.#parts.clock.after(ms, () => resolve(false));
		});
		const done = await Promise.race([work.then(() => true as const), late]);
		cancel();
		return done;
	}
}
