import { logEvents } from "../log.ts";
import { Wait } from "../timing/wait.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import { Reaper } from "./reaper.ts";

/** Between two removals of older steps of the head. */
const TIDY_MS = 5_000;
/** Until the first round: relays that are restarted time and again would otherwise never come to reap. */
const NOT_YET_MS = 100;

export interface ReapLoopOptions {
	readonly settings: RelaySettings;
	readonly parts: RelayParts;
	readonly session: DatabaseSession;
	readonly leases: LeaseBook;
	readonly port: Pick<RelayPort, "dueIn">;
}

/** Decides when there is something to reap or to tidy. An idle relay has neither, and sends no statement. */
export class ReapLoop {
	readonly wait: Wait;
	readonly #options: ReapLoopOptions;
	readonly #reaper: Reaper;
	#reapable = false;
	#tidiedAfter = 0;

	constructor(options: ReapLoopOptions) {
		this.#options = options;
		this.#reaper = new Reaper(options.parts, options.settings);
		this.wait = new Wait(options.parts.clock);
	}

	/** There are leases that expired, or whose relay has died. */
	mayReap(): void {
		this.#reapable = true;
		this.wait.end();
	}

	/** One round. Returns how many milliseconds to wait before the next. */
	async round(): Promise<number> {
		const { parts, session } = this.#options;
		if (session.relayNo === 0) return NOT_YET_MS;
		if (session.pause === null) {
			await this.#tidy();
			if (this.#reapable || this.#reaper.isDue) await this.#reap();
		}
		return TIDY_MS * (0.8 + parts.random() * 0.4);
	}

	/** Each claim leaves a step of the head behind. */
	async #tidy(): Promise<void> {
		const { parts, leases } = this.#options;
		const { opened } = leases;
		if (opened === this.#tidiedAfter) return;
		await parts.store.tidy();
		this.#tidiedAfter = opened;
	}

	async #reap(): Promise<void> {
		const { parts, port } = this.#options;
		this.#reapable = false;
		const { events, soonestRetryMs } = await this.#reaper.reap();
		if (events === 0) return;
		parts.observer.reaped(events);
		logEvents.leasesReaped(parts.log, { count: events });
		port.dueIn(soonestRetryMs);
	}
}
