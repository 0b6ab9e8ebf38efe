import type { Database } from "../../../src/store/database.ts";
import { BEGINNING_MS, type Divergence, play } from "./play.ts";
import { emptyDatabase, realSide } from "./real-side.ts";
import { shrink } from "./shrink.ts";
import { makeHistory, type Step } from "./steps.ts";

/** A history on which the model and the real functions differ. */
export interface Failure {
	readonly seed: number;
	readonly divergence: Divergence;
	/** What is left of it when everything was taken out that it does not need. */
	readonly steps: readonly Step[];
}

/** Plays the history of a seed on both. @param db with the clock of clock.ts, and nobody else's */
export async function conform(db: Database, seed: number, length: number): Promise<Failure | null> {
	const history = makeHistory(seed, length);
	const divergence = await playAfresh(db, history);
	if (divergence === null) return null;
	const played = history.slice(0, divergence.step + 1);
	const steps = await shrink(played, async (fewer) => (await playAfresh(db, fewer)) !== null);
	return { seed, divergence: (await playAfresh(db, steps)) ?? divergence, steps };
}

/** The seed, the calls one a line, and what differs. */
export function describe({ seed, divergence, steps }: Failure): string {
	const calls = steps.map((step) => `  ${JSON.stringify(step)}`);
	return [`seed ${seed}: the model and the real functions differ after`, ...calls, ...divergence.differences].join(
		"\n",
	);
}

async function playAfresh(db: Database, steps: readonly Step[]): Promise<Divergence | null> {
	await emptyDatabase(db, BEGINNING_MS);
	await using real = realSide(db);
	return await play(steps, real);
}
