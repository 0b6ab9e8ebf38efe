import fc from "fast-check";
import { LENGTH } from "./reader.ts";

const TOKENS = [
	...["://", ":", "@", "/", " ", "\n", "\r\n", "\t", "\0", "\u001b[", "\u202e", "é", "\ud83d", "😀", "👩‍👧", "ı"],
	...["a", "A", "0", "-", "_", ".", "…", "sk_", "sk_test_", "Bearer ", "bearer", "password=", "password"],
	...[
		'"',
		"'",
		"\\",
		"{",
		"}",
		"[",
		"]",
		",",
		"=",
		"<",
		"%",
		"%2",
		"#",
		"?",
		"&",
		"*",
		"!",
		"|",
		">",
		"- ",
		"&a ",
		"*a ",
	],
	...[
		"user",
		"trigger",
		"Id",
		"error",
		"success",
		"true",
		"null",
		"1e400",
		"GMT",
		"Mon, ",
		"::ffff:",
		"v1.",
		"__proto__",
	],
];

const token = fc.constantFrom(...TOKENS);
const few = (most: number) => fc.array(token, { maxLength: most }).map((parts) => parts.join(""));

/** Before, again and again, after: kept apart, so that a counterexample can be read. */
export const repetition = fc.tuple(few(3), few(4), few(3)).filter(([, unit]) => unit !== "");

/** As long as readers are tried with. */
export function repeated(before: string, unit: string, after: string): string {
	return before + unit.repeat(Math.ceil((LENGTH - before.length - after.length) / unit.length)) + after;
}

const anything = fc.oneof(
	fc.string({ unit: "binary", maxLength: 200 }),
	fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((units) => String.fromCharCode(...units)),
	fc.json({ maxDepth: 6 }),
	few(40),
	fc.constantFrom("[", '{"a":', "(", "- ", "&a [*a,", "{{").map((unit) => repeated("", unit, "")),
);

/** One place of a text changed. */
const change = fc.record({
	at: fc.double({ min: 0, max: 1, noNaN: true }),
	drop: fc.nat(8),
	put: fc.oneof(token, fc.string({ unit: "binary", maxLength: 4 }), few(6)),
	times: fc.constantFrom(1, 1, 1, 2, 50, 5_000),
});

function changed(
	text: string,
	{ at, drop, put, times }: { at: number; drop: number; put: string; times: number },
): string {
	const place = Math.floor(at * (text.length + 1));
	return (text.slice(0, place) + put.repeat(times) + text.slice(place + drop)).slice(0, LENGTH);
}

/** Texts for a reader: what it takes with some changes, long repetitions, and anything at all. */
export function textsFor(examples: readonly string[]): fc.Arbitrary<string> {
	const long = repetition.map((parts) => repeated(...parts));
	if (examples.length === 0) return fc.oneof(long, anything);
	const near = fc
		.tuple(fc.constantFrom(...examples), fc.array(change, { minLength: 1, maxLength: 4 }))
		.map(([example, changes]) => changes.reduce(changed, example));
	return fc.oneof({ arbitrary: near, weight: 3 }, { arbitrary: long, weight: 1 }, { arbitrary: anything, weight: 1 });
}
