import { textWidth } from "./text-width.ts";

/**
 * A text as lines of at most `columns` columns, broken between words only: a word that is wider stands on a line of its
 * own and is left whole, so that an id or a command can be copied.
 */
export function wrapWords(text: string, columns: number): string[] {
	const lines: string[] = [];
	const [first = "", ...words] = text.split(" ");
	let line = first;
	for (const word of words) {
		const longer = `${line} ${word}`;
		if (textWidth(longer) <= columns) line = longer;
		else {
			lines.push(line);
			line = word;
		}
	}
	return [...lines, line];
}
