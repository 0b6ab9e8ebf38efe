import { readJson } from "../../api/exact-numbers.ts";

const PAIR = /\s*([\w.@:-]+)=("(?:\\.|[^"\\])*"|[^\s,]+)\s*,?/y;
const LITERAL = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/** What was typed as JSON text of an object, or what is wrong with it. Null: nothing was typed. */
export type ReadMetadata = { readonly json: string } | { readonly problem: string } | null;

/**
 * Reads `order_id=4711 shop="Berlin Mitte"`, or a JSON object. Numbers keep their digits; a value in quotes is text, so
 * that `"4711"` can be told from `4711`, as the database does.
 */
export function readMetadata(typed: string): ReadMetadata {
	const text = typed.trim();
	if (text === "") return null;
	if (text.startsWith("{")) return readObject(text);
	const members: string[] = [];
	PAIR.lastIndex = 0;
	while (PAIR.lastIndex < text.length) {
		const at = PAIR.lastIndex;
		const match = PAIR.exec(text);
		if (match === null) return { problem: `expected key=value at “${text.slice(at, at + 20).trim()}”` };
		members.push(`${JSON.stringify(match[1])}:${memberText(match[2] as string)}`);
	}
	return { json: `{${members.join(",")}}` };
}

function memberText(text: string): string {
	return LITERAL.test(text) || text.startsWith('"') ? text : JSON.stringify(text);
}

function readObject(text: string): ReadMetadata {
	try {
		return { json: JSON.stringify(readJson(text)) };
	} catch {
		return { problem: "this is not JSON; or write key=value" };
	}
}

/** The way back, for the form: pairs where they say the same, JSON otherwise. */
export function metadataAsTyped(json: string): string {
	let value: unknown;
	try {
		value = readJson(json);
	} catch {
		return json;
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) return json;
	const pairs = Object.entries(value).map(([key, member]) => pairOf(key, member));
	return pairs.every((pair) => pair !== null) && pairs.length > 0 ? pairs.join(" ") : json;
}

function pairOf(key: string, member: unknown): string | null {
	if (!/^[\w.@:-]+$/.test(key)) return null;
	const text = JSON.stringify(member);
	if (LITERAL.test(text)) return `${key}=${text}`;
	if (typeof member !== "string") return null;
	return /^[^\s,"]+$/.test(member) && !LITERAL.test(member) ? `${key}=${member}` : `${key}=${text}`;
}
