/** RFC 4180, as strict as a reader can be. */
export function parseCsv(text: string): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	let at = 0;
	while (at < text.length) {
		let value = "";
		if (text[at] === '"') {
			for (at += 1; ; at += 1) {
				if (at >= text.length) throw new Error("a quote is not closed");
				if (text[at] !== '"') value += text[at];
				else if (text[at + 1] === '"') value += text[++at];
				else break;
			}
			at += 1;
		} else {
			while (at < text.length && text[at] !== "," && text[at] !== "\r") {
				if (text[at] === '"' || text[at] === "\n") throw new Error(`unquoted at ${at}`);
				value += text[at++];
			}
		}
		row.push(value);
		if (text[at] === ",") at += 1;
		else if (text.startsWith("\r\n", at)) {
			rows.push(row);
			row = [];
			at += 2;
		} else throw new Error(`no end of a cell at ${at}`);
	}
	return rows;
}
