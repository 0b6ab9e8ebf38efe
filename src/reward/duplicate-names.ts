/**
 * Whether an object in a JSON text, at any depth, has two members of the same name. Whoever reads such a text chooses
 * one of them, and nobody knows which one its author meant.
 * @param text valid JSON
 */
export function hasDuplicateNames(text: string): boolean {
	const open: (Set<string> | null)[] = [];
	for (let at = 0; at < text.length; at++) {
		switch (text[at]) {
			case "{":
				open.push(new Set());
				break;
			case "[":
				open.push(null);
				break;
			case "}":
			case "]":
				open.pop();
				break;
			case '"': {
				const end = endOfString(text, at);
				const names = open.at(-1) ?? null;
				if (names !== null && isName(text, end) && !added(names, text.slice(at, end))) return true;
				at = end - 1;
			}
		}
	}
	return false;
}

function endOfString(text: string, from: number): number {
	let at = from + 1;
	while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
	return at + 1;
}

function isName(text: string, from: number): boolean {
	let at = from;
	while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
	return text[at] === ":";
}

function added(names: Set<string>, literal: string): boolean {
	const name = literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
	if (names.has(name)) return false;
	names.add(name);
	return true;
}
