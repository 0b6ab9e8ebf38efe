import type { WakeLock } from "../../src/relay/wake-mode.ts";
import type { RelayStore } from "../../src/store/relay-store.ts";
import type { Subscription } from "../../src/store/subscription.ts";
import type { Process } from "./process.ts";
import type { Connection } from "./server/database.ts";

/** A relay's statements, as long as its process does something. @param onCall told of each, before it leaves */
export function storeOf(
	{ store }: Connection,
	process: Process,
	onCall: (name: string, args: readonly unknown[]) => void,
): RelayStore {
	const bind = ([name, statement]: [string, (...args: never[]) => Promise<unknown>]) => {
		const asked = (...args: never[]) =>
			process.ask(() => {
				onCall(name, args);
				return statement(...args);
			});
		return [name, asked];
	};
	return Object.fromEntries(Object.entries(store).map(bind)) as RelayStore;
}

/** The sessions with which a process listens. */
export class Listening {
	readonly #connection: Connection;
	readonly #process: Process;
	readonly #sessions = new Set<{ end(): void; break(): void }>();

	constructor(connection: Connection, process: Process) {
		this.#connection = connection;
		this.#process = process;
	}

	async subscribe(channels: readonly string[]): Promise<Subscription> {
		const process = this.#process;
		const inner = await process.ask(() => this.#connection.subscribe(channels));
		const broken = Promise.withResolvers<Error>();
		inner.broken.then((error) => process.enter(() => broken.resolve(error)));
		const session = {
			end: () => {
				this.#sessions.delete(session);
				inner.close();
			},
			break: () => {
				session.end();
				process.enter(() => broken.resolve(new Error("the connection was reset")));
			},
		};
		this.#sessions.add(session);
		return {
			sessionId: inner.sessionId,
			broken: broken.promise,
			onNotification: (listener) => inner.onNotification((channel) => process.enter(() => listener(channel))),
			onSessionId: (listener) => inner.onSessionId((sessionId) => listener(sessionId)),
			close: session.end,
		};
	}

	/** Connections break, and both sides notice. */
	breakAll(): void {
		for (const session of [...this.#sessions]) session.break();
	}

	/** The server has noticed that nobody is there any more. */
	endAll(): void {
		for (const session of [...this.#sessions]) session.end();
	}
}

/** The wake lock, as long as the process does something. */
export function wakeLockOf(
	connection: Connection,
	process: Process,
	{ onHeld, onLost }: { readonly onHeld: () => void; readonly onLost: () => void },
): WakeLock {
	const lock = connection.wakeLock({
		clock: process.clock,
		onHeld: () => process.enter(onHeld),
		onLost: () => process.enter(onLost),
	});
	return {
		get heldBy() {
			return lock.heldBy;
		},
		request: () => {
			if (process.leave()) lock.request();
		},
		release: () => lock.release(),
	};
}
