import { notAdoptedReason } from "../event/remedy.ts";
import { logEvents } from "../log.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";

type Parts = Pick<RelayParts, "store" | "clock" | "log" | "isTransient">;

/** How a relay stands with its database: whether it answers, whether it is the right one, and under which number it knows us. */
export class Standing {
	readonly #parts: Parts;
	readonly #settings: RelaySettings;
	readonly #onBack: () => void;
	#relayNo = 0;
	#problem: string | null = null;
	#confirmed = false;
	#downSince: number | null = null;

	/** @param onBack called when the database answers again */
	constructor(settings: RelaySettings, parts: Parts, onBack: () => void) {
		this.#settings = settings;
		this.#parts = parts;
		this.#onBack = onBack;
	}

	/** 0 until the relay has registered. */
	get relayNo(): number {
		return this.#relayNo;
	}

	get answers(): boolean {
		return this.#downSince === null;
	}

	/** Why nothing may be sent from this database; null: it is the right one, or not yet known to be wrong. */
	get problem(): string | null {
		return this.#problem;
	}

	/**
	 * Registers on the first call; after every loss of the connection, makes sure that this is still the same database.
	 * @param openLeases leases the database must still know, unless it went back in time
	 */
	async confirm(openLeases: () => string[]): Promise<boolean> {
		if (this.#confirmed) return true;
		const { store } = this.#parts;
		const problem = await store.checkIdentity(
			this.#relayNo === 0 ? null : { relayNo: this.#relayNo, openLeases: openLeases() },
		);
		if (this.#relayNo === 0) this.#relayNo = await store.registerRelay(this.#settings);
		this.answered();
		this.#report(problem);
		this.#confirmed = problem === null;
		return this.#confirmed;
	}

	/** @param retryInMs when it is tried again; for the log */
	failed(error: unknown, retryInMs = 0): void {
		const { log, clock, isTransient } = this.#parts;
		if (isTransient(error)) this.#confirmed = false;
		else log.error({ err: error }, "a statement failed");
		if (this.#downSince !== null) return;
		this.#downSince = clock.now();
		const code = (error as { code?: unknown } | null)?.code;
		logEvents.databaseLost(log, {
			error_code: typeof code === "string" ? code : null,
			retry_in_ms: Math.round(retryInMs),
		});
	}

	answered(): void {
		if (this.#downSince === null) return;
		logEvents.databaseBack(this.#parts.log, { down_ms: Math.round(this.#parts.clock.now() - this.#downSince) });
		this.#downSince = null;
		this.#onBack();
	}

	#report(problem: string | null): void {
		const { log } = this.#parts;
		if (problem !== null && this.#problem === null)
			logEvents.paused(log, { scope: "relay", trigger_id: null, reason: problem });
		if (problem === null && this.#problem !== null) logEvents.resumed(log, { scope: "relay", trigger_id: null });
		this.#problem = problem === null ? null : notAdoptedReason(problem);
	}
}
