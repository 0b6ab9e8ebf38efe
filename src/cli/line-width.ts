// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours, which take no room
const COLOUR = /\u001b\[[0-9;]*m/y;
const RESET = "\u001b[0m";

/**
 * A line without its end, so that it is no wider than the terminal. Colours are kept and ended; every character counts
 * as one column.
 */
export function cutToWidth(line: string, columns: number): string {
	let width = 0;
	let coloured = false;
	for (let index = 0; index < line.length; ) {
		COLOUR.lastIndex = index;
		const colour = COLOUR.exec(line)?.[0];
		if (colour !== undefined) {
			coloured = true;
			index += colour.length;
			continue;
		}
		if (width === columns) return line.slice(0, index) + (coloured ? RESET : "");
		width += 1;
		index += String.fromCodePoint(line.codePointAt(index) as number).length;
	}
	return line;
}
