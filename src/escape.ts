/**
 * Characters that a terminal acts upon or that hide or reorder their neighbours: C0 and C1 controls (C1 holds an
 * 8-bit CSI), line and paragraph separators, bidirectional controls, invisible spaces, tags, and halves of surrogate
 * pairs. Joiners (U+200C, U+200D) stay: scripts and emoji need them.
 */
const UNSAFE =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
	/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

/** The same without line feeds and tabs. */
const UNSAFE_BUT_BREAKS =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}\ud800-\udfff]/u;

const SHORT_FORMS: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes text of unknown origin safe to show: what a terminal would obey becomes visible (`\x1b`, `\u{202e}`), and what
 * is longer than `cap` characters ends in `…`. For reading, not for machines: a backslash that was there stays as it
 * is.
 *
 * @param cap Characters kept at most, before escaping; default 200. Work is bounded by it, not by the text's length.
 */
export function escapeForTerminal(text: string, cap = 200): string {
	// A character takes at most two code units, so this holds `cap` of them whatever they are.
	const characters = Array.from(text.slice(0, cap * 2));
	const kept = characters.length > cap ? characters.slice(0, cap) : characters;
	const shortened = characters.length > cap || text.length > cap * 2;
	return escapeUnsafe(kept.join("")) + (shortened ? "…" : "");
}

function escapeUnsafe(text: string): string {
	return text.replace(UNSAFE, (character) => SHORT_FORMS[character] ?? visibleForm(character.codePointAt(0) ?? 0));
}

function visibleForm(codePoint: number): string {
	const hex = codePoint.toString(16);
	return codePoint <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** Whether a text has anything that {@link escapeForTerminal} makes visible, line feeds and tabs aside. */
export function hasUnsafe(text: string): boolean {
	return text.search(UNSAFE_BUT_BREAKS) !== -1;
}

/** A text of YAML in which all that is unsafe stands in double quotes, with its escapes there. */
export function safeYaml(yaml: string): string {
	return yaml.replace(UNSAFE, (character) => {
		if (character === "\n" || character === "\t") return character;
		return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`;
	});
}

/** A stretch of text that is safe as it is, or the visible form of one character that is not. */
export interface Piece {
	readonly text: string;
	readonly isUnsafe: boolean;
}

/**
 * The same for a page, where what was made visible can be marked.
 *
 * @param multiline Line feeds and tabs are left as they are.
 */
export function piecesOf(text: string, multiline = false): Piece[] {
	const pieces: Piece[] = [];
	let from = 0;
	for (const { 0: character, index } of text.matchAll(UNSAFE)) {
		if (multiline && (character === "\n" || character === "\t")) continue;
		if (index > from) pieces.push({ text: text.slice(from, index), isUnsafe: false });
		pieces.push({ text: escapeUnsafe(character), isUnsafe: true });
		from = index + character.length;
	}
	if (from < text.length) pieces.push({ text: text.slice(from), isUnsafe: false });
	return pieces;
}

/** The same value as JSON text on one line, with whatever a terminal would obey written as `\uXXXX`. */
export function terminalSafeJson(value: unknown, indent = 0): string {
	// JSON.stringify already escapes the C0 controls and lone surrogates; the rest can only be inside strings.
	return JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
		character === "\n" ? character : jsonEscape(character),
	);
}

/** JSON text that PostgreSQL wrote, on one line, made safe in the same way; its numbers keep their digits. */
export function terminalSafeJsonText(json: string): string {
	return json.replace(UNSAFE, jsonEscape);
}

function jsonEscape(character: string): string {
	let escaped = "";
	for (let unit = 0; unit < character.length; unit++) {
		escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
	}
	return escaped;
}
