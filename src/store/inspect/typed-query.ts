import type { EventFilter } from "./filter.ts";

/** One thing that a person may have meant by what was typed. */
export interface Guess {
	/** What is searched, for the reader: `user 4711`. */
	readonly said: string;
	readonly filter: EventFilter;
}

/** Names of metadata that are tried where nobody says one and none are in use. */
const USUAL_NAMES = ["order_id", "orderId", "order", "order_number", "invoice", "reference"];
const NAME_ENDINGS = ["", "_id", "Id", "_no", "_number", "Number"];
const MOST_NAMES = 12;

const ID_BEGINNING = /^[0-9a-f]{8}(?:-?[0-9a-f]{0,24}|[0-9a-f-]{0,28})$/i;

/**
 * What a person may mean who types this: an event's id or its beginning, as it is displayed; a user, an idempotency
 * key, a trigger; a value in the metadata, with its name (`order_id = 4711`, `order 4711`) or without.
 *
 * @param names Names that the metadata of recent events has.
 */
export function guesses(typed: string, names: readonly string[]): Guess[] {
	const text = typed.trim();
	const id = idGuess(text);
	const others: Guess[] = [
		{ said: `user ${text}`, filter: { user: text } },
		{ said: `idempotency key ${text}`, filter: { idempotencyKey: text } },
		{ said: `trigger ${text}`, filter: { trigger: text } },
	];
	// Nobody calls anything like that.
	const isId = id !== null && text.length > 12;
	return [...(id === null ? [] : [id]), ...(isId ? [] : [...others, metadataGuess(text, names)])];
}

/** `019a3c5e`, `019a3c5e-7f10…`, `019a3c5e…8d9e0f`: hexadecimal digits, with the dots that stand for those left out. */
function idGuess(text: string): Guess | null {
	const [beginning = "", ending, ...more] = text.toLowerCase().split(/…|\.{3}/);
	const isEnding = ending === undefined || /^[0-9a-f-]{0,27}$/.test(ending);
	if (!ID_BEGINNING.test(beginning) || !isEnding || more.length > 0) return null;
	const digits = beginning.replaceAll("-", "");
	if (digits.length > 32) return null;
	const [from, to] = ["0", "f"].map((digit) => withDashes(digits.padEnd(32, digit))) as [string, string];
	const range = { from, to, ...(ending ? { ending } : {}) };
	return { said: digits.length === 32 ? `id ${text}` : `id beginning with ${text}`, filter: { id: range } };
}

function withDashes(digits: string): string {
	return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function metadataGuess(text: string, names: readonly string[]): Guess {
	const [, name, value = text] = /^([^\s:="{}]{1,100})\s*(?:\s|[:=])\s*(.+)$/s.exec(text) ?? [];
	const tried = [...new Set(name === undefined ? unnamed(names) : named(name, names))].slice(0, MOST_NAMES);
	const metadataAny = tried.flatMap((member) => valuesOf(value).map((json) => `{${JSON.stringify(member)}: ${json}}`));
	return { said: `metadata ${tried.join(", ")} = ${value}`, filter: { metadataAny } };
}

function unnamed(names: readonly string[]): readonly string[] {
	return names.length === 0 ? USUAL_NAMES : names;
}

/** The name itself, what programs make of it, and what is in use and has it in its name. */
function named(name: string, names: readonly string[]): string[] {
	const used = names.filter((other) => other.toLowerCase().includes(name.toLowerCase()));
	return [name, ...used, ...NAME_ENDINGS.map((ending) => name + ending)];
}

/** As text, and as what it reads as besides. */
function valuesOf(value: string): string[] {
	const bare = /^"(.*)"$/s.exec(value)?.[1] ?? value;
	const isScalar = /^(?:true|false|-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?)$/.test(value);
	return isScalar ? [value, JSON.stringify(bare)] : [JSON.stringify(bare)];
}
