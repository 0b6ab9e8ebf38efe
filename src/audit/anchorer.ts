import { type Logger, logEvents } from "../log.ts";
import type { Clock } from "../timing/clock.ts";
import type { Rounds } from "../timing/rounds.ts";
import { sharedRounds } from "../timing/shared-rounds.ts";
import type { Anchor } from "./anchors.ts";

const EVERY_MS = 60_000;

/** A place outside of the database. */
export interface AnchorPlace {
	readonly name: "file" | "webhook";
	/** Null: it has it. Otherwise a short code. */
	readonly tell: (anchor: Anchor, signal: AbortSignal) => Promise<string | null>;
}

export interface AnchorerParts {
	/** Chains what was recorded and is in no chain yet. */
	readonly chainRest: (signal: AbortSignal) => Promise<void>;
	/** Whether anything was recorded since the last anchor. */
	readonly isGrown: () => Promise<boolean>;
	/** The last entries of chains that grew since they were told; null: none did. */
	readonly readHeads: () => Promise<Anchor | null>;
	/** Whether this relay is the one to tell them now. */
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	/** They were told. */
	readonly told: (anchor: Anchor) => Promise<void>;
	readonly places: readonly AnchorPlace[];
	readonly clock: Clock;
	readonly random: () => number;
	readonly log: Logger;
}

/**
 * Tells the last hashes of the record to places where who changes the database cannot change them. One relay does it
 * for all; what a place did not take, it is told again.
 */
export class Anchorer {
	readonly #parts: AnchorerParts;
	readonly #rounds: Rounds;
	#isStarted = false;

	constructor(parts: AnchorerParts) {
		this.#parts = parts;
		this.#rounds = sharedRounds({
			...parts,
			everyMs: EVERY_MS,
			isAsked: () => parts.isGrown(),
			work: (signal) => this.#tellAll(signal),
			onFailure: (code) => this.#failed(code),
		});
	}

	start(): void {
		this.#isStarted = true;
		this.#rounds.start();
	}

	/** Tells what was recorded last, since nobody may come after. May be called before start(). */
	async stop(): Promise<void> {
		await this.#rounds.stop();
		if (!this.#isStarted) return;
		this.#isStarted = false;
		await this.#tellAll(new AbortController().signal).catch((error: { code?: unknown }) =>
			this.#failed(typeof error.code === "string" ? error.code : null),
		);
	}

	#failed(error_code: string | null): void {
		logEvents.anchorUnread(this.#parts.log, { error_code });
	}

	async #tellAll(signal: AbortSignal): Promise<void> {
		const { chainRest, readHeads } = this.#parts;
		await chainRest(signal);
		for (let anchor = await readHeads(); anchor !== null && !signal.aborted; anchor = await readHeads()) {
			if (!(await this.#tell(anchor, signal))) break;
		}
	}

	/** @returns whether all have it */
	async #tell(anchor: Anchor, signal: AbortSignal): Promise<boolean> {
		const { places, told, log } = this.#parts;
		logEvents.anchored(log, anchor);
		const problems = await Promise.all(places.map(({ tell }) => tell(anchor, signal)));
		for (const [index, { name }] of places.entries()) {
			const error_code = problems[index] ?? null;
			if (error_code !== null) logEvents.anchorNotTaken(log, { place: name, error_code });
		}
		const isTaken = problems.every((problem) => problem === null);
		if (isTaken) await told(anchor);
		return isTaken;
	}
}
