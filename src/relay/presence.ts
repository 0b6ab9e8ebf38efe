import type { LeaseBook } from "./lease-book.ts";
import type { RelayParts } from "./parts.ts";
import type { Standing } from "./standing.ts";
import { Wait } from "./wait.ts";
import type { WakeModes } from "./wake-mode.ts";

/** Between two words to the other relays: with events under way its death must be found soon. */
const WORKING_MS = 800;
const IDLE_MS = 2_000;
/** Until the relay is registered. */
const NOT_YET_MS = 100;

export interface PresenceOptions {
	readonly parts: Pick<RelayParts, "store" | "clock" | "wakeLock">;
	readonly standing: Standing;
	readonly leases: LeaseBook;
	readonly wakeModes: WakeModes;
	/** Whether waking this relay would lead to a delivery. */
	readonly isAble: () => boolean;
}

/** What the relays of a database know of each other: who lives, and which of them asks to be notified. */
export class Presence {
	readonly wait: Wait;
	readonly #options: PresenceOptions;
	#sessionId: number | null = null;

	constructor(options: PresenceOptions) {
		this.#options = options;
		this.wait = new Wait(options.parts.clock);
	}

	/** @param sessionId the server's process id of the session that listens; null: there is none */
	sessionChanged(sessionId: number | null): void {
		this.#sessionId = sessionId;
		this.wait.end();
	}

	/** Says how it is, and learns what falls to it. Returns how many milliseconds to wait before the next time. */
	async checkIn(): Promise<number> {
		const { parts, standing, leases, wakeModes, isAble } = this.#options;
		if (standing.relayNo === 0) return NOT_YET_MS;
		const lockSessionId = parts.wakeLock.heldBy;
		const { chosen, lockIsHeld } = await parts.store.checkIn({
			relayNo: standing.relayNo,
			sessionId: this.#sessionId,
			wakeMode: wakeModes.mode,
			able: isAble(),
			working: leases.size > 0,
			lockSessionId,
		});
		if (lockSessionId !== null && lockSessionId === parts.wakeLock.heldBy && !lockIsHeld) this.#lockIsLost();
		wakeModes.choose(chosen && isAble());
		return leases.size > 0 ? WORKING_MS : IDLE_MS;
	}

	/** The server has given the session up, and this side has not heard of it: a network that swallows everything. */
	#lockIsLost(): void {
		this.#options.parts.wakeLock.release();
		this.#options.wakeModes.on("lost");
	}
}
