import { Wait } from "../timing/wait.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { IdlePace, RelayParts } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import type { WakeModes } from "./wake-mode.ts";

/** Between two words to the other relays: with events under way its death must be found soon. */
const WORKING_MS = 800;
const IDLE_MS = 2_400;
/**
 * After its last word a relay goes on sending this long, and no longer: from 2.3 s on another relay may take it for
 * dead (dead_relays()), and send what it holds. The rest is for clocks that do not quite agree on a second's length.
 */
export const SEND_WITHIN_MS = 1_800;
/** Until the relay is registered. */
const NOT_YET_MS = 100;

export interface PresenceOptions {
	readonly parts: Pick<RelayParts, "store" | "clock" | "wakeLock">;
	readonly settings: { readonly pace: IdlePace };
	readonly session: DatabaseSession;
	readonly leases: LeaseBook;
	readonly wakeModes: WakeModes;
	readonly port: Pick<RelayPort, "isAble" | "reapable">;
}

/** What the relays of a database know of each other: who lives, and which of them asks to be notified. */
export class Presence {
	readonly wait: Wait;
	readonly #options: PresenceOptions;
	#sessionId: number | null = null;
	#lastWordAt = Number.NEGATIVE_INFINITY;
	#isAlone = true;
	/**
	 * What was claimed earlier may have been reaped during a silence; what was said since does not bring it back.
	 */
	#lostBefore = Number.NEGATIVE_INFINITY;

	constructor(options: PresenceOptions) {
		this.#options = options;
		this.wait = new Wait(options.parts.clock);
	}

	/** No other relay has been at this database in the last minutes, as far as is known. */
	get isAlone(): boolean {
		return this.#isAlone;
	}

	/** @param sessionId the server's process id of the session that listens; null: there is none */
	sessionChanged(sessionId: number | null): void {
		this.#sessionId = sessionId;
		this.wait.end();
	}

	/**
	 * Until when an event may be sent on the strength of its claim, or of what was said since. The database stamps both
	 * later than they are measured here.
	 * @param claimedAt before the claim was sent
	 */
	mayBeSentUntil(claimedAt: number): number {
		if (claimedAt < this.#lostBefore) return Number.NEGATIVE_INFINITY;
		return Math.max(claimedAt, this.#lastWordAt) + SEND_WITHIN_MS;
	}

	/** There are events under way now: unless this was said a moment ago, it is said at once. */
	claimed(): void {
		if (this.#options.parts.clock.now() - this.#lastWordAt > WORKING_MS) this.wait.end();
	}

	/** Says how it is, and learns what falls to it. Returns how many milliseconds to wait before the next time. */
	async round(): Promise<number> {
		const { parts, settings, session, leases, wakeModes, port } = this.#options;
		if (session.relayNo === 0) return NOT_YET_MS;
		const lockSessionId = parts.wakeLock.heldBy;
		const working = leases.size > 0;
		const askedAt = parts.clock.now();
		const { chosen, lockIsHeld, reapable, alone } = await parts.store.checkIn({
			relayNo: session.relayNo,
			sessionId: this.#sessionId,
			wakeMode: wakeModes.mode,
			able: port.isAble(),
			working,
			lockSessionId,
		});
		this.#isAlone = alone;
		// An idle relay is not always written down.
		if (working) this.#spoke(askedAt);
		if (reapable) port.reapable();
		if (lockSessionId !== null && lockSessionId === parts.wakeLock.heldBy && !lockIsHeld) this.#lockIsLost();
		wakeModes.choose(chosen && port.isAble());
		if (leases.size > 0) return WORKING_MS;
		return alone ? settings.pace.aloneMs : IDLE_MS;
	}

	/** The database has stamped it at some time between the question and now. */
	#spoke(askedAt: number): void {
		const stampedBy = this.#options.parts.clock.now();
		if (stampedBy - this.#lastWordAt > SEND_WITHIN_MS) this.#lostBefore = stampedBy - SEND_WITHIN_MS;
		this.#lastWordAt = askedAt;
	}

	/** The server has given the session up, and this side has not heard of it: a network that swallows everything. */
	#lockIsLost(): void {
		this.#options.parts.wakeLock.release();
		this.#options.wakeModes.on("lost");
	}
}
