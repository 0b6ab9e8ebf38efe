import type { Pause } from "../event/pause.ts";
import { decideDatabase, type Verdict } from "../event/which-database.ts";
import { logEvents } from "../log.ts";
import { type KnownDatabase, WRONG_DATABASE } from "../store/claim.ts";
import type { DatabaseFacts, Remembered } from "../store/identity.ts";
import { notAdoptedReason } from "../words/remedy.ts";
import { Memory } from "./memory.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import type { PendingSettlement } from "./settler.ts";

type Parts = Pick<RelayParts, "store" | "clock" | "log" | "isTransient" | "newId" | "stateFile">;

type Port = Pick<
	RelayPort,
	"openLeases" | "attemptUnder" | "reaped" | "condition" | "databaseIsBack" | "databaseMoved" | "databasePauseChanged"
>;

/** Results told in one statement. */
const RESULTS_AT_ONCE = 1_000;

/**
 * What a relay knows of its database: whether it answers, whether it is the right one, and under which number it knows
 * us.
 */
export class DatabaseSession {
	readonly #parts: Parts;
	readonly #settings: RelaySettings;
	readonly #port: Port;
	readonly #memory: Memory;
	/** This run's row in `relay_proofs`. */
	readonly #proofId: string;
	#relayNo = 0;
	#pause: Pause | null = null;
	#confirmed = false;
	#identifying: Promise<boolean> | undefined;
	#hasLoaded = false;
	#keeping: Promise<void> | undefined;
	#couldKeep = true;
	#downSince: number | null = null;
	/** When it was last adopted, it was an older state of the same outbox: what is not in it is missing. */
	#movedWithOutbox = false;

	constructor(settings: RelaySettings, parts: Parts, port: Port) {
		this.#settings = settings;
		this.#parts = parts;
		this.#port = port;
		this.#memory = new Memory(parts.clock);
		this.#proofId = parts.newId();
	}

	/** 0 until the relay has registered. */
	get relayNo(): number {
		return this.#relayNo;
	}

	get answers(): boolean {
		return this.#downSince === null;
	}

	/** Why nothing may be sent from this database; null: it is the right one, or not yet known to be wrong. */
	get pause(): Pause | null {
		return this.#pause;
	}

	/** What a claim has to find in the database. */
	get known(): KnownDatabase | null {
		return this.#memory.remembered;
	}

	/**
	 * Whether this is the database to send from: looked at on the first call, and again after everything that may have
	 * changed it.
	 */
	async confirm(): Promise<boolean> {
		return this.#confirmed || (await this.identify());
	}

	/** Somebody has asked already. */
	get isIdentifying(): boolean {
		return this.#identifying !== undefined;
	}

	/**
	 * Looks at everything that tells whether this is the database to send from. Where it is, raises this relay's mark in
	 * it, and says in the same statement how it is.
	 */
	identify(): Promise<boolean> {
		this.#identifying ??= this.#identify(true).finally(() => {
			this.#identifying = undefined;
		});
		return this.#identifying;
	}

	/** The relay ends, and has nothing left to say. */
	async leave(): Promise<void> {
		const { remembered } = this.#memory;
		if (!this.#confirmed || remembered === null) return;
		const { proofId, beats } = remembered;
		await this.#parts.store.prove({ proofId, relayNo: this.#relayNo, beats, ended: true });
	}

	/** A batch of results is on record. */
	written(batch: readonly PendingSettlement[], headPosition: string | null): void {
		this.#memory.written(batch, headPosition);
	}

	/** @param retryInMs when it is tried again; for the log */
	failed(error: unknown, retryInMs = 0): void {
		const { log, clock, isTransient } = this.#parts;
		const code = (error as { code?: unknown } | null)?.code;
		if (code === WRONG_DATABASE) {
			// It answers: what is wrong with it is looked at next.
			this.#confirmed = false;
			return;
		}
		if (isTransient(error)) this.#confirmed = false;
		else log.error({ err: error }, "a statement failed");
		if (this.#downSince !== null) return;
		this.#downSince = clock.now();
		logEvents.databaseLost(log, {
			error_code: typeof code === "string" ? code : null,
			retry_in_ms: Math.round(retryInMs),
		});
	}

	answered(): void {
		if (this.#downSince === null) return;
		logEvents.databaseBack(this.#parts.log, { down_ms: Math.round(this.#parts.clock.now() - this.#downSince) });
		this.#downSince = null;
		this.#port.databaseIsBack();
	}

	/** @param again whether what it does about what it finds may be looked at once more */
	async #identify(again: boolean): Promise<boolean> {
		const { store } = this.#parts;
		await this.#load();
		const relay = { relayNo: this.#relayNo, name: this.#settings.name };
		const recent = this.#memory.recent(() => this.#port.openLeases());
		const facts = await store.readDatabaseFacts(relay, this.#memory.remembered, recent);
		if (await this.#wereReaped(facts.missingLeases)) return this.#identify(again);
		if (!facts.knowsRelay) this.#relayNo = 0;
		const verdict = decideDatabase(facts);
		this.#confirmed = await this.#act(verdict, facts, again);
		this.answered();
		return this.#confirmed;
	}

	/**
	 * Whether leases are missing only because another relay reaped them before their time: it took this one for dead,
	 * or the database's clock was set. Then their attempts are on record. A database that went back has neither.
	 */
	async #wereReaped(leaseIds: readonly string[]): Promise<boolean> {
		for (const leaseId of leaseIds) {
			const leased = this.#port.attemptUnder(leaseId);
			if (leased === null) continue;
			const [last] = await this.#parts.store.earlierAttempts(leased.eventId, leased.attempt + 1, 1);
			if (last?.attempt !== leased.attempt) return false;
			this.#port.reaped(leaseId);
		}
		return leaseIds.length > 0;
	}

	/** True: events may be sent. */
	async #act(verdict: Verdict, facts: DatabaseFacts, again: boolean): Promise<boolean> {
		const { store } = this.#parts;
		const { installationId } = facts;
		const relay = this.#settings.name;
		switch (verdict.kind) {
			case "continue":
				return this.#goOn(facts);
			case "adopt":
				return (await store.adoptUnused(relay)) && again && this.#identify(false);
			case "follow": {
				const { timeline } = facts.found;
				await store.followFailover({ installationId, proofId: this.#vouchingId, timeline, relay });
				logEvents.failoverFollowed(this.#parts.log, { timeline });
				return again && this.#identify(false);
			}
			case "wait":
				await store.vouch(this.#vouchingId, facts.found.timeline);
				await this.#register();
				this.#report({ code: verdict.code, reason: verdict.reason });
				return false;
			case "stop": {
				const { code, reason } = verdict;
				try {
					if (verdict.found) await store.doubt({ installationId, code, reason, relay });
					if (verdict.found) this.#memory.tellAgain();
					await this.#register();
					// What is known is told while the database is the one it is about, or an older state of it.
					if (facts.memoryOf === "this" || facts.memoryOf === "later") await this.#testify(true);
				} finally {
					// Whoever adopts because of this should find what this relay knows.
					this.#report({ code, reason: notAdoptedReason(reason) });
				}
				return false;
			}
			default:
				return verdict satisfies never;
		}
	}

	async #goOn({ memoryOf }: DatabaseFacts): Promise<boolean> {
		await this.#register();
		// Adopted by somebody who could not know what this relay knows.
		const hasMoved = memoryOf === "earlier" || memoryOf === "another";
		if (hasMoved) {
			this.#memory.beginsAnew();
			this.#port.databaseMoved();
			this.#movedWithOutbox = memoryOf === "earlier";
		}
		// Answers that come later as well: the claims that they belong to may be gone, and then nothing else records them.
		if (hasMoved || this.#memory.hasLateResults) await this.#testify(this.#movedWithOutbox);
		const { remembered } = this.#memory;
		const isOurs = memoryOf === "this" && remembered?.proofId === this.#proofId;
		const beats = isOurs ? remembered.beats : null;
		const proof = { proofId: this.#proofId, relayNo: this.#relayNo, beats, ended: false };
		const confirmed = await this.#parts.store.prove(proof, this.#port.condition());
		if (confirmed === null) return false;
		this.#memory.confirmed(confirmed);
		this.#keep(confirmed);
		this.#report(null);
		return true;
	}

	/** What an earlier relay kept. Without it this one remembers nothing. */
	async #load(): Promise<void> {
		if (this.#hasLoaded) return;
		this.#hasLoaded = true;
		try {
			const remembered = (await this.#parts.stateFile?.read()) ?? null;
			if (remembered !== null) this.#memory.confirmed(remembered);
		} catch (error) {
			this.#notKept(error);
		}
	}

	/** Beside everything else: nothing waits for a disk. */
	#keep(remembered: Remembered): void {
		const { stateFile } = this.#parts;
		if (stateFile === null) return;
		this.#keeping ??= stateFile
			.write(remembered)
			.then(
				() => {
					this.#couldKeep = true;
				},
				(error) => this.#notKept(error),
			)
			.finally(() => {
				this.#keeping = undefined;
			});
	}

	#notKept(error: unknown): void {
		if (this.#couldKeep)
			logEvents.stateNotKept(this.#parts.log, { reason: error instanceof Error ? error.message : String(error) });
		this.#couldKeep = false;
	}

	/** The row by which this relay is known to the database: that of an earlier run, while it has only begun. */
	get #vouchingId(): string {
		return this.#memory.remembered?.proofId ?? this.#proofId;
	}

	async #register(): Promise<void> {
		if (this.#relayNo === 0) this.#relayNo = await this.#parts.store.registerRelay(this.#settings);
	}

	async #testify(sameOutbox: boolean): Promise<void> {
		const results = this.#memory.untold();
		const relay = { relayNo: this.#relayNo, name: this.#settings.name };
		let recorded = 0;
		let missing = 0;
		for (let from = 0; from < results.length; from += RESULTS_AT_ONCE) {
			const told = await this.#parts.store.testify(relay, results.slice(from, from + RESULTS_AT_ONCE), sameOutbox);
			recorded += told.recorded;
			missing += told.missing;
		}
		this.#memory.told(results.length);
		if (recorded + missing > 0) logEvents.resultsTold(this.#parts.log, { recorded, missing });
	}

	#report(pause: Pause | null): void {
		const { log } = this.#parts;
		const before = this.#pause;
		this.#pause = pause;
		if (before?.code === pause?.code) return;
		if (pause !== null) logEvents.paused(log, { scope: "relay", trigger_id: null, ...pause });
		else logEvents.resumed(log, { scope: "relay", trigger_id: null });
		this.#port.databasePauseChanged();
	}
}
