export type Measure =
	| "drain"
	| "latency"
	| "idle"
	| "writers"
	| "trickle"
	| "trouble"
	| "ageing"
	| "record"
	| "scale"
	| "watch"
	| "console"
	| "isolation"
	| "fleet";

export const MEASURES: readonly Measure[] = [
	"drain",
	"latency",
	"idle",
	"writers",
	"trickle",
	"trouble",
	"scale",
	"ageing",
	"record",
	"watch",
	"console",
	"isolation",
	"fleet",
];

/** One number or several, from one round of one contender. Everything that is reported is computed from these. */
export interface Sample {
	readonly measure: Measure;
	readonly contender: string;
	/** From 0. Samples of one round ran one after the other: ratios are taken within a round. */
	readonly round: number;
	/** What was set, for example `{ sinkMs: 50, concurrency: 64 }`. */
	readonly setting: Readonly<Record<string, number | string>>;
	/** What was measured. Null: could not be. */
	readonly values: Readonly<Record<string, number | null>>;
}

/** Samples of one measure, contender and setting, in the order of rounds. */
export function select(
	samples: readonly Sample[],
	measure: Measure,
	contender: string,
	setting: Readonly<Record<string, number | string>> = {},
): Sample[] {
	return samples.filter(
		(sample) =>
			sample.measure === measure &&
			sample.contender === contender &&
			Object.entries(setting).every(([name, value]) => sample.setting[name] === value),
	);
}

/** Each setting that occurs, once. */
export function settingsOf(samples: readonly Sample[]): Sample["setting"][] {
	return [...new Map(samples.map(({ setting }) => [JSON.stringify(setting), setting])).values()];
}

export function valuesOf(samples: readonly Sample[], name: string): number[] {
	return samples.flatMap((sample) => {
		const value = sample.values[name];
		return value === null || value === undefined || Number.isNaN(value) ? [] : [value];
	});
}

/** Round by round: one's value over the other's. Only rounds that have both. */
export function ratios(over: readonly Sample[], under: readonly Sample[], name: string): number[] {
	return over.flatMap((sample) => {
		const other = under.find((candidate) => candidate.round === sample.round)?.values[name];
		const value = sample.values[name];
		return typeof value === "number" && typeof other === "number" && other > 0 ? [value / other] : [];
	});
}
