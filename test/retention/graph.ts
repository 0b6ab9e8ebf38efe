import type { YearSample } from "./year.ts";

const LINES = [
	["outbox", "outbox", "#0b6e4f"],
	["outboxIndexes", "its indexes", "#58a889"],
	["attempts", "attempts", "#d98e04"],
	["attemptIndexes", "their indexes", "#e9bd6a"],
	["receipts", "receipts, with indexes", "#5b6b7a"],
] as const;

const [WIDTH, HEIGHT] = [760, 320];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 190, 34, 40];
const MIB = 2 ** 20;

/** Sizes over the days of a year, as SVG. */
export function yearGraph(samples: readonly YearSample[], title: string): string {
	const days = Math.max(...samples.map(({ day }) => day));
	const most = niceAbove(Math.max(...samples.flatMap((sample) => LINES.map(([name]) => sample[name] / MIB))));
	const x = (day: number) => (LEFT + (day / days) * (WIDTH - LEFT - RIGHT)).toFixed(1);
	const y = (mib: number) => (HEIGHT - BOTTOM - (mib / most) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
	const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * most);
	const parts = [
		`<text x="${LEFT}" y="18" font-weight="bold">${title}</text>`,
		...ticks.map((tick) => `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="#d5dbe1"/>`),
		...ticks.map((tick) => `<text x="${LEFT - 6}" y="${y(tick)}" dy="4" text-anchor="end">${tick}</text>`),
		...[0, 90, 180, 270, 360].map((day) => `<text x="${x(day)}" y="${HEIGHT - 20}" text-anchor="middle">${day}</text>`),
		`<text x="${LEFT}" y="${HEIGHT - 4}">days; MiB</text>`,
		...LINES.map(([name, , colour]) => {
			const points = samples.map((sample) => `${x(sample.day)},${y(sample[name] / MIB)}`).join(" ");
			return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`;
		}),
		...LINES.map(([, label, colour], n) => legend(label, colour, n)),
	];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Sizes over a year: ${title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function legend(label: string, colour: string, n: number): string {
	const [left, top] = [WIDTH - RIGHT + 14, TOP + 14 + n * 20];
	return `<path d="M${left} ${top}h18" stroke="${colour}" stroke-width="3"/><text x="${left + 24}" y="${top + 4}">${label}</text>`;
}

/** 1, 2, 4 or 8 times a power of ten. */
function niceAbove(value: number): number {
	const power = 10 ** Math.floor(Math.log10(value));
	return ([1, 2, 4, 8].find((times) => times * power >= value) ?? 10) * power;
}
