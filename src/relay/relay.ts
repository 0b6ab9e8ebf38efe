import type { HoldingReport } from "../event/holding.ts";
import type { Pause } from "../event/pause.ts";
import { logEvents } from "../log.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { ListenerMode } from "../store/relays.ts";
import type { Wait } from "../timing/wait.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Heart } from "./heart.ts";
import { LeaseBook } from "./lease-book.ts";
import { everyObserver } from "./observers.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import { Presence } from "./presence.ts";
import { ReapLoop } from "./reap-loop.ts";
import { Recorder } from "./recorder.ts";
import { Sampler } from "./sampler.ts";
import type { PendingSettlement } from "./settler.ts";
import { Standing } from "./standing.ts";
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
 * Claims, sends, settles; sweeps up after relays that died. It owns the order of things and nothing else: collaborators
 * come as parameters, decisions are pure functions.
 */
export class Relay {
	readonly #parts: RelayParts;
	readonly #standing: Standing;
	readonly #dispatcher: Dispatcher;
	readonly #recorder: Recorder;
	readonly #claims: ClaimLoop;
	readonly #reaping: ReapLoop;
	readonly #sampler: Sampler;
	readonly #leases = new LeaseBook();
	readonly #heart: Heart;
	readonly #presence: Presence;
	readonly #beside = new Set<Promise<void>>();
	#listener: ListenerMode = "connecting";
	#stopping = false;
	#running: Promise<void> | undefined;
	#stopped: Promise<StopReport> | undefined;
	#givenBack = 0;

	constructor(settings: RelaySettings, given: RelayParts) {
		this.#sampler = new Sampler(given.store, given.clock);
		const parts = { ...given, observer: everyObserver([given.observer, this.#sampler.observer]) };
		this.#parts = parts;
		this.#heart = new Heart({
			clock: parts.clock,
			holding: () => this.#dispatcher.holding,
			isWorking: () => this.#leases.size > 0,
			beat: (holding) => this.#beat(holding),
		});
		this.#standing = new Standing(settings, parts, {
			openLeases: () => this.#leases.openAt(parts.clock.now()),
			onBack: () => this.#databaseIsBack(),
			onPause: () => this.#rightDatabase(),
		});
		const beside = (work: Promise<void>) => this.#runBeside(work);
		const shared = { settings, parts, standing: this.#standing, leases: this.#leases, beside };
		this.#dispatcher = new Dispatcher({
			sender: parts.sender,
			clock: parts.clock,
			random: parts.random,
			concurrency: settings.concurrency,
			mayBeSentUntil: (claimedAt) => this.#presence.mayBeSentUntil(claimedAt),
			onFinished: (event, startedAt, outcome) => this.#recorder.finished(event, startedAt, outcome),
			onGivenBack: (events) => beside(this.#giveBack(events)),
			onPause: (pause) => this.#keyPauseChanged(pause),
		});
		this.#recorder = new Recorder({
			...shared,
			onBacklog: (unwritten, possible) => this.#dispatcher.recording(unwritten, possible),
			onWritten: (batch) => this.#written(batch),
			onNewKey: () => this.keyReloaded(),
		});
		this.#claims = new ClaimLoop({
			...shared,
			dispatcher: this.#dispatcher,
			onGivenBack: (count) => this.#countGivenBack(count),
			onClaimed: () => this.#presence.claimed(),
		});
		this.#reaping = new ReapLoop({ ...shared, onDue: (ms) => this.#claims.dueIn(ms) });
		this.#presence = new Presence({
			...shared,
			wakeModes: this.#claims.wakeModes,
			isAble: () => this.#isAble,
			onReapable: () => this.#reaping.mayReap(),
		});
	}

	/** Starts the loops. Calling it again, or after stop(), does nothing. */
	start(): void {
		if (this.#stopped !== undefined) return;
		this.#running ??= this.#run();
	}

	/**
	 * Stops claiming, gives back what was not sent, waits for what is in flight and writes it down. May be called twice.
	 * @param graceMs after that, requests still in flight are aborted and count as ambiguous
	 */
	stop(graceMs: number): Promise<StopReport> {
		this.#stopped ??= this.#shutDown(graceMs);
		return this.#stopped;
	}

	/** Something was written, or somebody wants a look. */
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
		this.#recorder.keyChanged();
		this.#dispatcher.probeNow();
		this.#claims.wake();
	}

	/** What `/readyz` and the metrics want to know. */
	get state() {
		return {
			databaseOk: this.#standing.answers && this.#standing.relayNo > 0,
			pause: this.#standing.pause ?? this.#dispatcher.pause,
			inFlight: this.#dispatcher.inFlight,
			claimedAhead: this.#dispatcher.waiting,
			unwritten: this.#recorder.backlog,
			breakerOpen: this.#dispatcher.breakerOpen,
			heldTriggers: this.#dispatcher.holding?.counts ?? {},
			listener: this.#listener,
			wakeMode: this.#claims.wakeModes.mode,
		};
	}

	async #run(): Promise<void> {
		await Promise.all([
			this.#loop(this.#claims.wait, () => this.#claims.round()),
			this.#loop(this.#reaping.wait, () => this.#reaping.round()),
			this.#loop(this.#heart.wait, () => this.#heart.round()),
			this.#loop(this.#presence.wait, () => this.#presence.checkIn()),
		]);
	}

	/** Runs rounds until the relay stops; a round returns how many milliseconds to wait. */
	async #loop(wait: Wait, round: () => Promise<number>): Promise<void> {
		let failures = 0;
		while (!this.#stopping) {
			let ms: number;
			try {
				ms = await round();
				failures = 0;
			} catch (error) {
				ms = Math.min(5_000, 100 * 2 ** Math.min(failures++, 10)) * (0.5 + this.#parts.random() / 2);
				this.#standing.failed(error, ms);
			}
			if (!this.#stopping) await wait.upTo(ms);
		}
	}

	async #beat(holding: HoldingReport | null, stopped = false): Promise<void> {
		if (this.#standing.relayNo === 0) return;
		// Also where nothing has failed: a pooler can lead elsewhere without a word.
		if (stopped) await this.#standing.leave();
		else await this.#standing.look();
		const { relayNo } = this.#standing;
		const { pause } = this.state;
		await this.#parts.store.heartbeat({ relayNo, listener: this.#listener, pause, holding, stopped });
		await this.#sampler.write(relayNo);
	}

	/** Whether waking it would lead to a delivery. */
	get #isAble(): boolean {
		const { pause, breakerOpen, listener } = this.state;
		return pause === null && !breakerOpen && listener === "listening" && !this.#stopping;
	}

	#written(batch: readonly PendingSettlement[]): void {
		for (const { decision, event } of batch) {
			if (decision.next === "pending") this.#claims.dueIn(decision.delayMs);
			// It may have set the next of its ordering key free, or room under its trigger's limit.
			if (!event.fromHead) this.#claims.dueIn(0);
		}
		this.#dispatcher.pump();
		this.#claims.settled();
	}

	async #giveBack(events: readonly ClaimedEvent[]): Promise<void> {
		const { store, persist } = this.#parts;
		for (const [leaseId, group] of Map.groupBy(events, (event) => event.leaseId)) {
			const ids = group.map((event) => event.eventId);
			this.#leases.returning(leaseId);
			this.#countGivenBack(await persist(() => store.giveBack(leaseId, ids, 0)));
			// Not before: the result that thereby became the last of its lease would remove the claim that giving back needs.
			if (this.#leases.settle(leaseId, group.length)) this.#recorder.leaseEnded(leaseId);
		}
		this.#claims.dueIn(0);
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
	#rightDatabase(): void {
		const { pause } = this.#standing;
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
		this.#dispatcher.recording(this.#recorder.backlog, true);
		this.#claims.wake();
	}

	/** Keeps track of work that runs beside the loops, so that stopping can wait for it. */
	#runBeside(work: Promise<void>): void {
		const tracked = work.catch((error) => this.#standing.failed(error)).finally(() => this.#beside.delete(tracked));
		this.#beside.add(tracked);
	}

	async #shutDown(graceMs: number): Promise<StopReport> {
		const before = this.#givenBack;
		logEvents.relayStopping(this.#parts.log, { in_flight: this.#dispatcher.inFlight, grace_ms: graceMs });
		this.#stopping = true;
		this.#dispatcher.close();
		for (const wait of [this.#claims.wait, this.#reaping.wait, this.#heart.wait, this.#presence.wait]) wait.end();
		const finished = this.#finishWork();
		const settleMs = Math.min(SETTLE_AT_MOST_MS, graceMs / 4);
		await this.#within(graceMs - settleMs, finished);
		const abandoned = this.#dispatcher.inFlight;
		await this.#parts.sender.close();
		if (!(await this.#within(settleMs, finished))) {
			this.#parts.log.error({ unwritten: this.#recorder.backlog }, "stopping without having told the database all");
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
