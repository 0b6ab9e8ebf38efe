import type { WakeLock } from "../../../src/relay/wake-mode.ts";
import type { Clock } from "../../../src/timing/clock.ts";
import type { Edge } from "./edge.ts";
import type { SimulatedServer } from "./server.ts";

export interface SimulatedWakeLockOptions {
	readonly server: SimulatedServer;
	readonly edge: Edge;
	/** Of the relay: what it does not say while it stands still, the server does not hear. */
	readonly clock: Clock;
	readonly onHeld: () => void;
	readonly onLost: () => void;
}

/** As in src/store/wake-lock.ts. */
const LONGEST_WAIT_MS = 5_000;
const SILENT_MS = 5_000;
const SAY_EVERY_MS = 2_000;
const CONNECT_AGAIN_MS = 500;

/** The lock by which writers know whether to notify, on a session of its own. */
export class SimulatedWakeLock implements WakeLock {
	readonly #options: SimulatedWakeLockOptions;
	/** Counts requests: what belongs to an earlier one is of no interest any more. */
	#request = 0;
	#isRequested = false;
	#pid: number | null = null;
	#isHeld = false;

	constructor(options: SimulatedWakeLockOptions) {
		this.#options = options;
	}

	get heldBy(): number | null {
		return this.#isHeld ? this.#pid : null;
	}

	request(): void {
		if (this.#isRequested) return;
		this.#isRequested = true;
		this.#connect(++this.#request);
	}

	release(): void {
		this.#request++;
		this.#isRequested = false;
		this.#isHeld = false;
		const pid = this.#pid;
		this.#pid = null;
		if (pid !== null) this.#options.server.end(pid, new Error("closed"));
	}

	#connect(request: number): void {
		const { server, edge } = this.#options;
		const { thereMs } = edge.fate("wake_lock");
		edge.clock.after(Math.min(thereMs, CONNECT_AGAIN_MS), () => {
			if (request !== this.#request) return;
			if (!server.isUp || thereMs > CONNECT_AGAIN_MS) return this.#connect(request);
			const { pid } = server.open({ onNotified: () => {}, onEnded: () => this.#ended(request) });
			this.#pid = pid;
			this.#wait(request, pid);
		});
	}

	/** A relay that stands still while it waits must not keep writers notifying: each wait has an end. */
	#wait(request: number, pid: number): void {
		const { server, edge } = this.#options;
		let isOver = false;
		const end = edge.clock.after(LONGEST_WAIT_MS, () => {
			isOver = true;
			server.releaseWakeLock(pid);
			edge.clock.after(edge.fate("wake_lock").thereMs, () => request === this.#request && this.#wait(request, pid));
		});
		server.requestWakeLock(pid, () => {
			end();
			if (!isOver) edge.clock.after(edge.fate("wake_lock").backMs, () => this.#held(request, pid));
		});
	}

	#held(request: number, pid: number): void {
		if (request !== this.#request || this.#pid !== pid) return;
		this.#isHeld = true;
		this.#say(pid, this.#watch(pid));
		this.#options.onHeld();
	}

	/** The relay is heard of every two seconds; the server waits for that no longer than five. */
	#say(pid: number, stopWatching: () => void): void {
		this.#options.clock.after(SAY_EVERY_MS, () => {
			if (this.heldBy !== pid) return stopWatching();
			stopWatching();
			this.#say(pid, this.#watch(pid));
		});
	}

	#watch(pid: number): () => void {
		const { server, edge } = this.#options;
		return edge.clock.after(SILENT_MS, () =>
			server.end(pid, new Error("terminating connection due to idle-session timeout")),
		);
	}

	#ended(request: number): void {
		if (request !== this.#request) return;
		this.#pid = null;
		if (!this.#isHeld) this.#connect(request);
		else {
			this.release();
			this.#options.onLost();
		}
	}
}
