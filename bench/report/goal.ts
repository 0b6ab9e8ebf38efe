import type { Spread } from "../statistics.ts";

/** One of P1 to P10, or of W1 to W6 for watches, and what came of it. */
export interface Goal {
	readonly id: string;
	readonly measure: string;
	readonly goal: string;
	readonly value: string;
	/** Null: not measured in this run. */
	readonly met: boolean | null;
}

export type Setting = Readonly<Record<string, number | string>>;

export type Part = readonly [text: string, measured: Spread, met: boolean];

export function goal(id: string, measure: string, wanted: string, parts: readonly Part[]): Goal {
	const known = parts.filter(([, measured]) => measured.rounds > 0);
	if (known.length === 0) return { id, measure, goal: wanted, value: "not measured", met: null };
	return {
		id,
		measure,
		goal: wanted,
		value: known.map(([text]) => text).join(" / "),
		met: known.every(([, , met]) => met),
	};
}

export function show({ median: middle, least, most, rounds }: Spread): string {
	if (rounds === 0) return "–";
	return rounds === 1 ? digits(middle) : `${digits(middle)} (${digits(least)}–${digits(most)})`;
}

export function digits(value: number): string {
	if (!Number.isFinite(value)) return "–";
	const size = Math.abs(value);
	return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
