import type { ClaimedEvent } from "../../../src/store/claim.ts";
import { ANY_ORDER, type Ties } from "../database/ties.ts";
import { act, type Move } from "./act.ts";
import { closing, openOf } from "./closing.ts";
import { differencesOf } from "./compare.ts";
import { type Known, nothingKnown } from "./known.ts";
import { ModelSide } from "./model-side.ts";
import type { Side, State } from "./side.ts";
import { type Step, TRIGGERS } from "./steps.ts";

/** Where the two differ, or what has not ended when everything should have. */
export interface Divergence {
	/** The last step that was played, from 0. Those that end every history follow its own. */
	readonly step: number;
	/** The path of each value that differs, and both values; or the events. */
	readonly differences: readonly string[];
}

/** The clock of the database at the beginning of every history. */
export const BEGINNING_MS = 1_700_000_000_000;

interface Played {
	readonly answer: unknown;
	readonly notified: boolean;
	readonly lockHolders: readonly number[];
	readonly state: State;
}

/** Plays a history on both, to its end. @param real empty, with its clock at the beginning */
export async function play(steps: readonly Step[], real: Side): Promise<Divergence | null> {
	const model = new ModelSide(BEGINNING_MS);
	const known = await nothingKnown([real, model], BEGINNING_MS);
	// From here on it listens.
	await real.wasNotified();
	let events: State["events"] = {};
	let n = -1;
	for (const step of untilItsEnd(steps, known, () => events)) {
		n++;
		const move = act(step, known);
		if (move === null) continue;
		const expected = await playOn(real, move);
		const played = await playOnModel(model, move, expected);
		const differences = differencesOf(expected, played);
		if (differences.length > 0) return { step: n, differences };
		move.learn?.(expected.answer);
		events = expected.state.events;
	}
	const open = openOf(events);
	return open.length === 0 ? null : { step: n, differences: open.map((id) => `${id} has not ended, and never will`) };
}

/** A history, and what ends every one. */
function* untilItsEnd(steps: readonly Step[], known: Known, events: () => State["events"]): Generator<Step, void> {
	yield* steps;
	yield* closing(known, events);
}

async function playOn(side: Side, move: Move): Promise<Played> {
	const answer = await move.on(side).catch(asAnswer);
	const notified = await side.wasNotified();
	return { answer, notified, lockHolders: await side.lockHolders(), state: await side.state() };
}

/** An error is an answer like another, by its SQLSTATE. */
function asAnswer(error: unknown): { readonly code: string } {
	const { code } = error as { code?: unknown };
	if (typeof code !== "string") throw error;
	return { code };
}

/** Where the SQL leaves an order open, any order in which the model comes to the same will do. */
async function playOnModel(model: ModelSide, move: Move, expected: Played): Promise<Played> {
	const { events } = (expected.answer ?? {}) as { events?: readonly ClaimedEvent[] };
	if (events === undefined) return playOn(model, move);
	const before = structuredClone(model.tables);
	for (const ties of possibleTies(events)) {
		model.tables = structuredClone(before);
		model.ties = ties;
		const played = await playOn(model, move);
		if (differencesOf(expected, played).length === 0) return played;
	}
	model.tables = before;
	model.ties = ANY_ORDER;
	return playOn(model, move);
}

function* possibleTies(claimed: readonly ClaimedEvent[]): Generator<Ties> {
	yield ANY_ORDER;
	const events = new Set(claimed.map(({ eventId }) => eventId));
	for (const triggers of permutations(TRIGGERS)) yield { events, triggers };
}

function* permutations<T>(values: readonly T[]): Generator<T[]> {
	if (values.length === 0) yield [];
	for (const [n, value] of values.entries())
		for (const rest of permutations(values.toSpliced(n, 1))) yield [value, ...rest];
}
