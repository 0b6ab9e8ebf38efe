import { useQuery as useQueryString, useSetQuery } from "../../components/location.ts";

export const RANGES = [
	["15", "15 min"],
	["60", "1 h"],
	["360", "6 h"],
	["1440", "24 h"],
	["10080", "7 d"],
] as const;

const DEFAULT_RANGE = "60";
const SHORTEST_MIN = 5;
const LONGEST_MIN = 10_080;

/** What the charts show: the last minutes, or a stretch of time. */
export interface ChartRange {
	readonly minutes: number;
	/** Its end; null: now. */
	readonly until: string | null;
	readonly trigger: string | null;
	/** The period before is drawn too. */
	readonly compare: boolean;
}

export function useChartRange() {
	const { range = DEFAULT_RANGE, from, to, trigger, compare } = useQueryString();
	const setQuery = useSetQuery();
	const stretch = stretchOf(from, to);
	const isKnown = RANGES.some(([value]) => value === range);
	const shown: ChartRange = {
		...(stretch ?? { minutes: Number(isKnown ? range : DEFAULT_RANGE), until: null }),
		trigger: trigger || null,
		compare: compare === "1",
	};
	return {
		shown,
		preset: stretch === null ? (isKnown ? range : DEFAULT_RANGE) : "",
		choose: (value: string) =>
			setQuery(
				{ range: value === DEFAULT_RANGE ? undefined : value, from: undefined, to: undefined },
				{ replace: true },
			),
		/** Milliseconds since 1970. */
		zoom: (fromMs: number, toMs: number) =>
			setQuery({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }),
		setCompare: (on: boolean) => setQuery({ compare: on ? "1" : undefined }, { replace: true }),
		setTrigger: (id: string) => setQuery({ trigger: id || undefined }, { replace: true }),
	};
}

function stretchOf(from: string | undefined, to: string | undefined): Pick<ChartRange, "minutes" | "until"> | null {
	const [begin, end] = [Date.parse(from ?? ""), Date.parse(to ?? "")];
	if (!(begin < end)) return null;
	const minutes = Math.min(LONGEST_MIN, Math.max(SHORTEST_MIN, Math.ceil((end - begin) / 60_000)));
	return { minutes, until: new Date(end).toISOString() };
}

/** The same length of time, just before. */
export function periodBefore({ minutes, until, trigger }: ChartRange, nowMs: number): ChartRange {
	const end = (until === null ? nowMs : Date.parse(until)) - minutes * 60_000;
	return { minutes, until: new Date(end).toISOString(), trigger, compare: false };
}
