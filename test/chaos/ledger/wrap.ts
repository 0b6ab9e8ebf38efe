const WIDTH = 118;

/** Paragraphs of prose anew at a width that can be read; everything else as it is. Code has no empty lines here. */
export function wrap(markdown: string): string {
	const blocks = markdown.trimEnd().split(/\n{2,}/);
	return `${blocks.map((block) => (/^(?:\||#|```|- |<|!)/.test(block) ? block : fill(block))).join("\n\n")}\n`;
}

function fill(paragraph: string): string {
	const lines: string[] = [""];
	for (const word of paragraph.match(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|[^\s`[]|[`[])+/g) ?? []) {
		const last = lines.at(-1) as string;
		const longer = last === "" ? word : `${last} ${word}`;
		if (longer.length <= WIDTH || last === "") lines[lines.length - 1] = longer;
		else lines.push(word);
	}
	return lines.join("\n");
}
