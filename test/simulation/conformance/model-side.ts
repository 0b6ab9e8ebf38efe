import { factsFrom } from "../../../src/store/identity.ts";
import { adopt } from "../database/adopt.ts";
import { claim } from "../database/claim.ts";
import { cancelEvents, resolveEvent, retryEvents } from "../database/decisions.ts";
import { expiredEvents, tidy } from "../database/expire.ts";
import { giveBack } from "../database/give-back.ts";
import { earlierAttempts, triggerAcceptedSince } from "../database/history.ts";
import { adoptUnused, databaseFacts, doubt, followFailover, prove, testify, vouch } from "../database/identity.ts";
import { pauseForFault, pauseTrigger, resumeTrigger, setTrigger, wakeRelays } from "../database/policies.ts";
import { prune } from "../database/prune.ts";
import { checkIn, heartbeat, registerRelay } from "../database/relays.ts";
import { settleAccepted, settleFailed } from "../database/settle.ts";
import { emptyTables, SqlError, type Tables } from "../database/tables.ts";
import { ANY_ORDER, type Ties } from "../database/ties.ts";
import { beginTransaction, commitTransaction, insertEvent, type Transaction } from "../database/writers.ts";
import { SimulatedServer } from "../server/server.ts";
import { modelState } from "./model-state.ts";
import type { ComparedStore, Side } from "./side.ts";

/** The model, which can be copied as it stands, and told how to break ties. */
export class ModelSide implements Side {
	tables: Tables;
	ties: Ties = ANY_ORDER;
	readonly #writers = new Map<number, Transaction>();
	readonly #server = new SimulatedServer(0);
	readonly #sessionIds = new Map<number, number>();
	readonly #asking = new Set<number>();
	#lockHolder: number | null = null;

	constructor(ms: number) {
		this.tables = emptyTables(ms);
	}

	readonly store: ComparedStore = {
		claim: async (request) => claim(this.tables, request, this.ties),
		settleAccepted: async (relayNo, batch, done) => {
			settleAccepted(this.tables, relayNo, batch, done);
			return String(this.tables.headPosition);
		},
		settleFailed: async (batch, done) => {
			settleFailed(this.tables, batch, done);
			return String(this.tables.headPosition);
		},
		giveBack: async (...args) => giveBack(this.tables, ...args),
		expiredEvents: async (...args) => expiredEvents(this.tables, ...args),
		tidy: async () => tidy(this.tables),
		registerRelay: async ({ name }) => registerRelay(this.tables, name),
		...this.#identity(),
		heartbeat: async (beat) => heartbeat(this.tables, beat),
		checkIn: async (given) => checkIn(this.tables, this.#server, given),
		wakeRelays: async () => wakeRelays(this.tables),
		pauseForFault: async (...args) => pauseForFault(this.tables, ...args),
		earlierAttempts: async (...args) => earlierAttempts(this.tables, ...args),
		triggerAcceptedSince: async (...args) => triggerAcceptedSince(this.tables, ...args),
	};

	#identity(): Pick<
		ComparedStore,
		"readDatabaseFacts" | "prove" | "vouch" | "doubt" | "followFailover" | "adoptUnused" | "testify"
	> {
		return {
			readDatabaseFacts: async (relay, remembered, { openLeases, results }) =>
				factsFrom(databaseFacts(this.tables, { relay, remembered, openLeases: openLeases(), results }), remembered),
			prove: async (relay) => prove(this.tables, relay),
			vouch: async (...args) => vouch(this.tables, ...args),
			doubt: async (found) => doubt(this.tables, found),
			followFailover: async (to) => followFailover(this.tables, to),
			adoptUnused: async () => this.#requireNoWriter(() => adoptUnused(this.tables)),
			testify: async ({ relayNo }, results, sameOutbox) => testify(this.tables, relayNo, results, sameOutbox),
		};
	}

	async openSession(relay: number): Promise<void> {
		await this.endSession(relay);
		const onEnded = () => this.#sessionEnded(relay);
		this.#sessionIds.set(relay, this.#server.open({ onNotified() {}, onEnded }).pid);
	}

	async endSession(relay: number): Promise<void> {
		const pid = this.#sessionIds.get(relay);
		if (pid !== undefined) this.#server.end(pid, new Error("cut"));
	}

	#sessionEnded(relay: number): void {
		this.#sessionIds.delete(relay);
		if (this.#lockHolder === relay) this.#lockHolder = null;
		this.#asking.delete(relay);
	}

	async requestLock(relay: number): Promise<void> {
		const pid = this.#sessionIds.get(relay);
		if (pid === undefined || this.#asking.has(relay)) return;
		this.#asking.add(relay);
		this.#server.requestWakeLock(pid, () => {
			this.#lockHolder = relay;
		});
	}

	async releaseLock(relay: number): Promise<void> {
		const pid = this.#sessionIds.get(relay);
		if (pid === undefined || !this.#asking.delete(relay)) return;
		if (this.#lockHolder === relay) this.#lockHolder = null;
		this.#server.releaseWakeLock(pid);
	}

	async lockHolders(): Promise<number[]> {
		return this.#lockHolder === null ? [] : [this.#lockHolder];
	}

	sessionOf(relay: number): number | null {
		return this.#sessionIds.get(relay) ?? null;
	}

	async wasNotified(): Promise<boolean> {
		const { notifies } = this.tables;
		this.tables.notifies = false;
		return notifies;
	}

	async setClock(ms: number): Promise<void> {
		this.tables.now = ms;
	}

	async begin(writer: number): Promise<void> {
		this.#writers.set(writer, beginTransaction(this.tables));
	}

	async insert(writer: number, event: Parameters<Side["insert"]>[1]): Promise<void> {
		const transaction = this.#writers.get(writer) as Transaction;
		transaction.isSilent ||= this.#server.tryWakeLockShared();
		// What is captured does not notify where transactions can be prepared, as in the servers of the suite.
		if (!transaction.isSilent && !event.source) transaction.notifies = true;
		insertEvent(this.tables, transaction, event);
	}

	async commit(writer: number): Promise<void> {
		const transaction = this.#writers.get(writer) as Transaction;
		commitTransaction(this.tables, transaction);
		if (transaction.notifies) this.tables.notifies = true;
		await this.rollback(writer);
	}

	async rollback(writer: number): Promise<void> {
		if (this.#writers.get(writer)?.isSilent) this.#server.releaseWakeLockShared();
		this.#writers.delete(writer);
	}

	async retry(...args: Parameters<Side["retry"]>) {
		return retryEvents(this.tables, ...args);
	}

	async cancel(...args: Parameters<Side["cancel"]>) {
		return cancelEvents(this.tables, ...args);
	}

	async resolve(...args: Parameters<Side["resolve"]>) {
		return resolveEvent(this.tables, ...args);
	}

	async pause(...args: Parameters<Side["pause"]>) {
		pauseTrigger(this.tables, ...args);
	}

	async resume(triggerId: string) {
		return resumeTrigger(this.tables, triggerId);
	}

	async set(...args: Parameters<Side["set"]>) {
		setTrigger(this.tables, ...args);
	}

	async prune(beforeMs: number, limit: number) {
		return prune(this.tables, beforeMs, null, limit);
	}

	async adopt(cancelBacklog: boolean) {
		return this.#requireNoWriter(() => adopt(this.tables, cancelBacklog));
	}

	/** Adopting would have to wait for those who have written and not ended. */
	#requireNoWriter<T>(adoption: () => T): T {
		const before = structuredClone(this.tables);
		const result = adoption();
		if (result === false || ![...this.#writers.values()].some(({ written }) => written.length > 0)) return result;
		this.tables = before;
		throw new SqlError("55P03", "canceling statement due to lock timeout");
	}

	async state() {
		return modelState(this.tables);
	}
}
