import type { Clock } from "./clock.ts";
import { Rounds } from "./rounds.ts";

interface SharedRoundParts {
	/** Between two rounds, however many relays there are. Milliseconds. */
	readonly everyMs: number;
	/** Whether anybody wants it done. */
	readonly isAsked: () => Promise<boolean>;
	/** Whether this relay is the one to do it now. */
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	readonly work: (signal: AbortSignal) => Promise<void>;
	/** @param code the error's; null: it has none */
	readonly onFailure: (code: string | null) => void;
	readonly clock: Clock;
	/** In [0, 1). */
	readonly random: () => number;
}

/** Rounds that one relay makes for all, on their own schedule. What fails is tried again in the next one. */
export function sharedRounds(parts: SharedRoundParts): Rounds {
	const { everyMs, isAsked, takeTurn, work, onFailure, clock, random } = parts;
	const round = async (signal: AbortSignal) => {
		try {
			if ((await isAsked()) && (await takeTurn(everyMs / 2))) await work(signal);
		} catch (error) {
			const { code } = error as { code?: unknown };
			if (!signal.aborted) onFailure(typeof code === "string" ? code : null);
		}
	};
	return new Rounds({ everyMs, round, clock, random });
}
