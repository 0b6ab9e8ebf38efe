import type { RelayStore } from "../../../src/store/relay-store.ts";
import type { Subscription } from "../../../src/store/subscription.ts";
import type { PolicyChanges } from "../../../src/store/trigger-policy.ts";
import { cancelEvents, resolveEvent, retryEvents } from "../database/decisions.ts";
import { pauseTrigger, resumeTrigger, setTrigger } from "../database/policies.ts";
import { emptyTables, type Tables } from "../database/tables.ts";
import { type EventView, statusOf } from "../database/views.ts";
import {
	beginTransaction,
	commitTransaction,
	insertEvent,
	type NewEvent,
	type Transaction,
} from "../database/writers.ts";
import { type Edge, send } from "./edge.ts";
import { type Ask, simulatedRelayStore } from "./relay-store.ts";
import { SimulatedServer } from "./server.ts";
import { subscribe } from "./subscription.ts";
import { SimulatedWakeLock, type SimulatedWakeLockOptions } from "./wake-lock.ts";

/** A transaction of the application. */
export interface Writer {
	/** Returns the event's id. */
	insert(event: NewEvent): string;
	commit(): void;
	rollback(): void;
}

/** A relay's way to the database. */
export interface Connection {
	readonly store: RelayStore;
	wakeLock(options: Omit<SimulatedWakeLockOptions, "server" | "edge">): SimulatedWakeLock;
	subscribe(channels: readonly string[]): Promise<Subscription>;
	notify(channel: string): Promise<void>;
}

export interface SimulatedDatabaseOptions {
	/** The clock of its server, in milliseconds. It may jump. */
	readonly now: () => number;
	/** Something has been committed. */
	readonly onCommitted: () => void;
}

const CHANNEL = "reward_outbox";

/**
 * The model of the database on a server: one statement at a time, each in a transaction of its own. Nothing in it knows
 * chance or time; both come from outside.
 */
export class SimulatedDatabase {
	readonly tables: Tables;
	readonly server: SimulatedServer;
	readonly #options: SimulatedDatabaseOptions;

	constructor(options: SimulatedDatabaseOptions) {
		this.#options = options;
		this.tables = emptyTables(options.now());
		this.server = new SimulatedServer(options.now());
	}

	/** What its clock says. */
	get now(): number {
		return this.#options.now();
	}

	/** Everything that passes goes over the edge, which says what becomes of it. */
	connect(edge: Edge): Connection {
		const { server } = this;
		const ask: Ask = (name, statement, takesTurn = false) =>
			send(edge, server, { name, takesTurn, execute: () => this.#execute(statement) });
		return {
			store: simulatedRelayStore(ask, server),
			wakeLock: (options) => new SimulatedWakeLock({ ...options, server, edge }),
			subscribe: (channels) => subscribe(edge, server, channels),
			notify: (channel) =>
				send(edge, server, { name: "notify", takesTurn: false, execute: () => server.notify(channel) }),
		};
	}

	begin(): Writer {
		const transaction = beginTransaction(this.tables);
		return {
			insert: (event) => this.#insert(transaction, event),
			commit: () => this.#commit(transaction),
			rollback: () => this.#end(transaction),
		};
	}

	/** Unless it is up. */
	comeUp(): void {
		if (!this.server.isUp) this.server.start(this.now);
	}

	/** What people do, at once. */
	readonly operate = {
		retry: (ids: readonly string[], allowDuplicates: boolean) =>
			this.#execute((tables) => retryEvents(tables, ids, allowDuplicates)),
		cancel: (ids: readonly string[], reason: string) => this.#execute((tables) => cancelEvents(tables, ids, reason)),
		resolve: (id: string, delivered: boolean, reason: string) =>
			this.#execute((tables) => resolveEvent(tables, id, delivered, reason)),
		pause: (triggerId: string, reason: string, by: string) =>
			this.#execute((tables) => pauseTrigger(tables, triggerId, reason, by)),
		resume: (triggerId: string) => this.#execute((tables) => resumeTrigger(tables, triggerId)),
		set: (triggerId: string, changes: PolicyChanges) =>
			this.#execute((tables) => setTrigger(tables, triggerId, changes)),
	};

	/** Null: it is not committed. */
	statusOf(eventId: string): EventView["status"] | null {
		const event = this.tables.events.get(eventId);
		return event === undefined ? null : statusOf(this.tables, event);
	}

	#execute<Result>(statement: (tables: Tables) => Result): Result {
		const { tables } = this;
		tables.now = this.now;
		const result = statement(tables);
		if (tables.notifies) {
			tables.notifies = false;
			this.server.notify(CHANNEL);
		}
		this.#options.onCommitted();
		return result;
	}

	#insert(transaction: Transaction, event: NewEvent): string {
		const { tables, server } = this;
		transaction.isSilent ||= server.tryWakeLockShared();
		if (!transaction.isSilent && tables.queueUsage < 0.75) transaction.notifies = true;
		tables.now = this.now;
		return insertEvent(tables, transaction, event);
	}

	#commit(transaction: Transaction): void {
		commitTransaction(this.tables, transaction);
		this.#end(transaction);
		if (transaction.notifies) this.server.notify(CHANNEL);
		this.#options.onCommitted();
	}

	#end(transaction: Transaction): void {
		if (!transaction.isSilent) return;
		transaction.isSilent = false;
		this.server.releaseWakeLockShared();
	}
}
