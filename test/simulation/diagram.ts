import type { Line, Who } from "./trace.ts";

const TIME_COLUMNS = 11;
const COLUMNS = 18;

/** What happened, as a sequence diagram in text: time goes down, everybody has a line of their own. */
export function drawDiagram(lines: readonly Line[]): string {
	const whos = participants(lines);
	const heads = " ".repeat(TIME_COLUMNS) + whos.map((who) => who.padEnd(COLUMNS)).join("");
	return [heads.trimEnd(), ...lines.map((line) => drawLine(line, whos))].join("\n");
}

/** What is said again and again, and is not about any event, is left out. */
export function essential(lines: readonly Line[]): Line[] {
	return lines.filter(({ from, to, events }) => from === to || events.length > 0);
}

function participants(lines: readonly Line[]): Who[] {
	const there = new Set(lines.flatMap(({ from, to }) => [from, to]));
	const relays = [...there].filter((who) => who.startsWith("relay ")).sort();
	const order: Who[] = ["operator", "writers", "database", ...relays, "Reward"];
	return order.filter((who) => there.has(who));
}

function drawLine({ at, from, to, what, events }: Line, whos: readonly Who[]): string {
	const text = [what, ...events.map((event) => `#${event}`)].join(" ");
	const row = whos.map(() => "|".padEnd(COLUMNS)).join("");
	const time = `${(at / 1000).toFixed(4)} s`.padStart(TIME_COLUMNS - 1);
	const left = whos.indexOf(from) * COLUMNS;
	const right = whos.indexOf(to) * COLUMNS;
	const drawn = left === right ? over(row, left, `* ${text} `) : arrow(row, left, right, text);
	return `${time} ${drawn}`.trimEnd();
}

function arrow(row: string, from: number, to: number, text: string): string {
	const [start, end] = from < to ? [from, to] : [to, from];
	const room = end - start - 1;
	const label = ` ${text.length > room - 4 ? `${text.slice(0, room - 5)}…` : text} `;
	const line = `-${label}`.padEnd(room - 1, "-").slice(0, room - 1);
	return over(row, start + 1, from < to ? `${line}>` : `<${line}`);
}

function over(row: string, at: number, text: string): string {
	return row.slice(0, at) + text + row.slice(at + text.length);
}
