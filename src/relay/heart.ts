import type { HoldingReport } from "../event/holding.ts";
import type { Clock } from "../timing/clock.ts";
import { Wait } from "../timing/wait.ts";
import type { RelayPort } from "./port.ts";

const HEARTBEAT_MS = 5_000;
/** Between two looks whether what is held back has changed, which is told before the next heartbeat. */
const HOLDING_MS = 1_000;

export interface HeartOptions {
	readonly clock: Clock;
	/** Between two heartbeats of a relay that has nothing to do. */
	readonly idleMs: number;
	/** Between two looks whether it has begun to hold something back, while it has nothing to do. */
	readonly idleLookMs: number;
	readonly port: Pick<RelayPort, "holding" | "isWorking" | "beat">;
}

/** When a relay says how it is: every few seconds, and soon after it has begun or ceased to hold something back. */
export class Heart {
	readonly wait: Wait;
	readonly #options: HeartOptions;
	#nextBeatAt = 0;
	/** What the last heartbeat said of what is held back. */
	#told = "";

	constructor(options: HeartOptions) {
		this.#options = options;
		this.wait = new Wait(options.clock);
	}

	/** Something is to be told at once. */
	beatNow(): void {
		this.#nextBeatAt = 0;
		this.wait.end();
	}

	/** Returns how many milliseconds to wait before the next round. */
	async round(): Promise<number> {
		const { clock, idleMs, idleLookMs, port } = this.#options;
		const now = clock.now();
		const held = port.holding();
		const gist = gistOf(held);
		const lookMs = held === null && !port.isWorking() ? idleLookMs : HOLDING_MS;
		if (now < this.#nextBeatAt && gist === this.#told) return lookMs;
		this.#nextBeatAt = now + (port.isWorking() ? HEARTBEAT_MS : idleMs);
		try {
			await port.beat(held);
		} catch (error) {
			this.#nextBeatAt = 0;
			throw error;
		}
		this.#told = gist;
		return lookMs;
	}
}

/** What a report says, apart from how long it has been so. */
function gistOf(holding: HoldingReport | null): string {
	if (holding === null) return "";
	const { everything, triggers, counts } = holding;
	return JSON.stringify([everything?.code, triggers.map(({ trigger_id, code }) => [trigger_id, code]), counts]);
}
