import type { Sessions } from "../database/relays.ts";

/** A connection to the server, as the server sees it. */
export interface Session {
	readonly pid: number;
	readonly channels: Set<string>;
	readonly onNotified: (channel: string) => void;
	readonly onEnded: (reason: Error) => void;
}

/** What waits for a lock that another session holds. */
interface Waiter {
	readonly pid: number;
	readonly granted: () => void;
}

/**
 * Sessions and what they hold: the wake lock, the turn to claim, what they listen to. Everything here ends with its
 * session, and nothing of it is in a backup.
 */
export class SimulatedServer implements Sessions {
	#startedAt: number;
	#nextPid = 1;
	#isUp = true;
	readonly #sessions = new Map<number, Session>();
	#wakeLockOf: number | null = null;
	#wakeLockWaiters: Waiter[] = [];
	/** Transactions that hold the wake lock shared. */
	#silentWriters = 0;
	#turnIsHeld = false;
	#turnWaiters: (() => void)[] = [];

	constructor(startedAt: number) {
		this.#startedAt = startedAt;
	}

	get startedAt(): number {
		return this.#startedAt;
	}

	get isUp(): boolean {
		return this.#isUp;
	}

	has(pid: number): boolean {
		return this.#sessions.has(pid);
	}

	get sessionIds(): number[] {
		return [...this.#sessions.keys()];
	}

	open(handlers: Pick<Session, "onNotified" | "onEnded">): Session {
		const session = { pid: this.#nextPid++, channels: new Set<string>(), ...handlers };
		this.#sessions.set(session.pid, session);
		return session;
	}

	/** The session ends, however that came about, and what it holds is free. */
	end(pid: number, reason: Error): void {
		const session = this.#sessions.get(pid);
		if (session === undefined) return;
		this.#sessions.delete(pid);
		this.releaseWakeLock(pid);
		session.onEnded(reason);
	}

	/** All sessions end. Nobody can connect until it is started again. */
	stop(reason: Error): void {
		this.#isUp = false;
		this.#freeTurn();
		for (const pid of this.sessionIds) this.end(pid, reason);
	}

	start(now: number): void {
		this.#isUp = true;
		this.#startedAt = now;
	}

	/** NOTIFY, when it is committed. */
	notify(channel: string): void {
		for (const session of [...this.#sessions.values()]) if (session.channels.has(channel)) session.onNotified(channel);
	}

	/**
	 * What a writer tries: true: no relay waits to be notified, and none will get the lock before the writer has ended.
	 */
	tryWakeLockShared(): boolean {
		if (this.#wakeLockOf !== null || this.#wakeLockWaiters.length > 0) return false;
		this.#silentWriters++;
		return true;
	}

	releaseWakeLockShared(): void {
		this.#silentWriters--;
		this.#grantWakeLock();
	}

	/** Waits for the wake lock. While it is waited for, no writer gets it any more. */
	requestWakeLock(pid: number, granted: () => void): void {
		this.#wakeLockWaiters.push({ pid, granted });
		this.#grantWakeLock();
	}

	/** Gives it up, or stops waiting for it. */
	releaseWakeLock(pid: number): void {
		this.#wakeLockWaiters = this.#wakeLockWaiters.filter((waiter) => waiter.pid !== pid);
		if (this.#wakeLockOf === pid) this.#wakeLockOf = null;
		this.#grantWakeLock();
	}

	/** Somebody holds the turn to claim: a session that hangs in the middle of a claim. Returns what ends that. */
	holdTurn(): () => void {
		this.#turnIsHeld = true;
		return () => this.#freeTurn();
	}

	get turnIsHeld(): boolean {
		return this.#turnIsHeld;
	}

	/** Calls back when nobody holds the turn any more. Returns what ends the wait. */
	waitForTurn(next: () => void): () => void {
		this.#turnWaiters.push(next);
		return () => {
			this.#turnWaiters = this.#turnWaiters.filter((other) => other !== next);
		};
	}

	#freeTurn(): void {
		this.#turnIsHeld = false;
		for (const next of this.#turnWaiters.splice(0)) next();
	}

	#grantWakeLock(): void {
		if (this.#wakeLockOf !== null || this.#silentWriters > 0) return;
		const next = this.#wakeLockWaiters.shift();
		if (next === undefined) return;
		this.#wakeLockOf = next.pid;
		next.granted();
	}
}
