import type pg from "pg";
import { doubledWithJitterMs } from "../event/backoff.ts";
import { processIdOf } from "./session.ts";

/**
 * How long a statement waits for the session before another one is opened for it. A statement of ours takes a
 * millisecond or two, and on a machine that is full some more: connections that are opened because all is slow make
 * everything slower.
 */
const PATIENCE_MS = 250;
/** Tries to open a session that failed are this far apart, whoever asks: doubling from the first to the last. */
const CONNECT_AGAIN_FIRST_MS = 250;
const CONNECT_AGAIN_LAST_MS = 5_000;

/** What happens to a session, for those who rely on its state. */
export interface SessionWatcher {
	heard(channel: string): void;
	ended(reason: Error): void;
}

/**
 * The one connection that an idle database costs: it listens, holds the wake lock, and carries the statements while
 * they come one at a time. It is opened when it is needed; when it breaks, whoever needs it next opens another.
 */
export class HomeSession {
	readonly #connect: () => Promise<pg.Client>;
	#client: pg.Client | undefined;
	#opening: Promise<pg.Client> | undefined;
	#failures = 0;
	#tryAgainAt = Number.NEGATIVE_INFINITY;
	#failure: unknown;
	#isLent = false;
	#isClosed = false;
	readonly #queue = new Set<() => void>();
	readonly #watchers = new Set<SessionWatcher>();

	/** @param connect opens a connection and gives it its settings */
	constructor(connect: () => Promise<pg.Client>) {
		this.#connect = connect;
	}

	/** The server's process id of the session; null: there is none. */
	get processId(): number | null {
		return processIdOf(this.#client);
	}

	get isOpen(): boolean {
		return this.#client !== undefined;
	}

	/** Whether somebody uses it at the moment. */
	get isBusy(): boolean {
		return this.#isLent;
	}

	/** Tells of notifications and of the session's end, until the returned function is called. */
	watch(watcher: SessionWatcher): () => void {
		this.#watchers.add(watcher);
		return () => this.#watchers.delete(watcher);
	}

	/**
	 * The session, for somebody who gives it back with `release`; null: somebody else has it for long.
	 * @throws what connecting throws
	 */
	async lend(patienceMs = PATIENCE_MS): Promise<pg.PoolClient | null> {
		const client = await this.#opened();
		if (this.#isLent && !(await this.#turn(patienceMs))) return null;
		// It may have broken meanwhile.
		if (this.#client !== client) return this.lend(patienceMs);
		this.#isLent = true;
		let isOut = true;
		return Object.assign(client, {
			release: (failed?: Error | boolean) => {
				if (!isOut) return;
				isOut = false;
				this.#takeBack(client, failed);
			},
		}) as unknown as pg.PoolClient;
	}

	/** Ends the session, so that the next one is a new one. */
	drop(reason: Error): void {
		const client = this.#client;
		if (client === undefined) return;
		this.#lost(client, reason);
		void client.end().catch(() => {});
	}

	/** Nothing is lent any more. Resolves when the server has been told. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const client = this.#client;
		if (client === undefined) return;
		this.#lost(client, new Error("closed"));
		await client.end();
	}

	async #opened(): Promise<pg.Client> {
		if (this.#isClosed) throw new Error("Cannot use a connection that was closed");
		if (this.#client !== undefined) return this.#client;
		if (performance.now() < this.#tryAgainAt) throw this.#failure;
		this.#opening ??= this.#open().finally(() => {
			this.#opening = undefined;
		});
		return this.#opening;
	}

	async #open(): Promise<pg.Client> {
		try {
			const client = await this.#connect();
			client.on("error", (error) => this.#lost(client, error));
			client.on("end", () => this.#lost(client, new Error("the connection ended")));
			client.on("notification", ({ channel }) => this.#heard(channel));
			if (this.#isClosed) {
				void client.end().catch(() => {});
				throw new Error("the connection was closed");
			}
			this.#client = client;
			this.#isLent = false;
			this.#failures = 0;
			return client;
		} catch (error) {
			const waitMs = doubledWithJitterMs(
				CONNECT_AGAIN_FIRST_MS,
				this.#failures++,
				CONNECT_AGAIN_LAST_MS,
				Math.random(),
			);
			this.#tryAgainAt = performance.now() + waitMs;
			this.#failure = error;
			throw error;
		}
	}

	#heard(channel: string): void {
		for (const watcher of this.#watchers) watcher.heard(channel);
	}

	#lost(client: pg.Client, reason: Error): void {
		if (this.#client !== client) return;
		this.#client = undefined;
		this.#isLent = false;
		for (const watcher of [...this.#watchers]) watcher.ended(reason);
		for (const next of [...this.#queue]) next();
	}

	#takeBack(client: pg.Client, failed: Error | boolean | undefined): void {
		if (this.#client !== client) return;
		if (!failed) this.#free();
		else if (isStatementError(failed)) this.#rollBack(client);
		else this.drop(failed instanceof Error ? failed : new Error("a statement failed"));
	}

	#rollBack(client: pg.Client): void {
		// The server refused a statement, and the session is as good as before.
		client.query("ROLLBACK").then(
			() => this.#client === client && this.#free(),
			(error) => this.#client === client && this.drop(error),
		);
	}

	#free(): void {
		this.#isLent = false;
		const [next] = this.#queue;
		next?.();
	}

	/** Waits until it is given back. False: not within the time. */
	#turn(patienceMs: number): Promise<boolean> {
		return new Promise((resolve) => {
			const end = (isFree: boolean) => {
				clearTimeout(timer);
				this.#queue.delete(next);
				resolve(isFree);
			};
			const next = () => {
				// Kept for this one until it goes on.
				if (this.#client !== undefined) this.#isLent = true;
				end(true);
			};
			const timer = setTimeout(() => end(false), patienceMs);
			this.#queue.add(next);
		});
	}
}

function isStatementError(failed: Error | boolean): boolean {
	return (failed as { severity?: unknown }).severity === "ERROR";
}
