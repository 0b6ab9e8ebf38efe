import { MATRIX } from "../faults/all.ts";
import { type CampaignResult, countFaults, type FaultResult, SEVERAL } from "../reckoning.ts";
import { medianAndWorst } from "./by-fault.ts";
import { count, sum } from "./numbers.ts";

const WIDTH = 860;
const LEFT = 210;
const TOP = 118;
const ROW = 34;
const GREEN = "#0b6e4f";
const PALE = "#b9d8cd";
const GREY = "#5f6b76";
const RED = "#b3261e";

/**
 * What was struck, how often, and how long until delivery went on: a bar to the usual case, a pale one to the worst.
 */
export function picture(campaigns: readonly CampaignResult[]): string {
	const kinds: [string, readonly { readonly name: string }[]][] = Object.entries(MATRIX);
	const groups = [...kinds, ["several at once", [{ name: SEVERAL }]] as const].map(([title, faults]) =>
		group(title, campaigns, new Set(faults.map(({ name }) => name))),
	);
	const faults = sum(campaigns, countFaults);
	const longest = Math.max(1_000, ...groups.map(({ worst }) => worst));
	const height = TOP + ROW * groups.length + 46;
	const rows = groups.map((one, n) => row(one, TOP + n * ROW, longest));
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif">
<title>${count(sum(campaigns, ({ events }) => events))} events under ${count(faults)} faults</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${bigNumbers(campaigns, faults)}
${rows.join("\n")}
${axis(TOP + ROW * groups.length, longest)}
</svg>
`;
}

interface Group {
	readonly title: string;
	readonly runs: number;
	readonly median: number;
	readonly worst: number;
}

function group(title: string, campaigns: readonly CampaignResult[], names: ReadonlySet<string>): Group {
	const faults: FaultResult[] = campaigns.flatMap((one) => one.faults.filter(({ name }) => names.has(name)));
	const { median, worst } = medianAndWorst(faults.flatMap(({ recoveriesMs }) => recoveriesMs)) ?? {
		median: 0,
		worst: 0,
	};
	return { title, runs: sum(faults, ({ runs, together }) => runs + together), median, worst };
}

function bigNumbers(campaigns: readonly CampaignResult[], faults: number): string {
	const of = (word: keyof CampaignResult["totals"]) => sum(campaigns, ({ totals }) => totals[word]);
	const numbers: [number, string, boolean][] = [
		[sum(campaigns, ({ events }) => events), "events", false],
		[faults, "faults", false],
		[of("lost") + of("stuck"), "lost or stuck", true],
		[of("phantom"), "invented", true],
		[of("unexplained"), "duplicates unexplained", true],
		[of("duplicated"), "duplicates explained", false],
	];
	const step = WIDTH / numbers.length;
	return numbers
		.map(([value, what, mustBeZero], n) => {
			const x = step * (n + 0.5);
			const colour = mustBeZero ? (value === 0 ? GREEN : RED) : "#1c2329";
			return `<text x="${x.toFixed(0)}" y="44" text-anchor="middle" font-size="28" font-weight="700" fill="${colour}">${count(value)}</text>
<text x="${x.toFixed(0)}" y="64" text-anchor="middle" font-size="12" fill="${GREY}">${what}</text>`;
		})
		.join("\n");
}

function scale(ms: number, longest: number): number {
	return (ms / longest) * (WIDTH - LEFT - 40);
}

function row({ title, runs, median, worst }: Group, y: number, longest: number): string {
	const bar = (ms: number, colour: string) =>
		`<rect x="${LEFT}" y="${y}" width="${scale(ms, longest).toFixed(1)}" height="18" rx="3" fill="${colour}"/>`;
	return `<text x="${LEFT - 12}" y="${y + 14}" text-anchor="end" font-size="13" fill="#1c2329">${title} <tspan fill="${GREY}">${count(runs)} faults</tspan></text>
${bar(worst, PALE)}
${bar(median, GREEN)}`;
}

function axis(y: number, longest: number): string {
	const step = [1, 2, 5, 10, 20, 30, 60].find((seconds) => longest / 1000 / seconds <= 8) ?? 120;
	const ticks = Array.from({ length: Math.floor(longest / 1000 / step) + 1 }, (_, n) => n * step);
	const marks = ticks.map((seconds) => {
		const x = LEFT + scale(seconds * 1000, longest);
		return `<text x="${x.toFixed(1)}" y="${y + 12}" text-anchor="middle" font-size="11" fill="${GREY}">${seconds} s</text>`;
	});
	const what = "from the end of a fault that came alone until all goes on: dark, the usual case; pale, the worst one";
	return `<text x="${LEFT}" y="${TOP - 14}" font-size="12" fill="${GREY}">${what}</text>\n${marks.join("\n")}`;
}
