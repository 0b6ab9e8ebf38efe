import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatRules, parseRules, readRules } from "../../src/cli/watches/rules-file.ts";
import { UsageError } from "../../src/errors.ts";
import { PLAIN_RULE, type Rule } from "../../src/store/watches/rule.ts";

const rule = (name: string, condition: string): Rule => ({
	...PLAIN_RULE,
	name,
	table: "public.orders",
	operations: ["INSERT"],
	condition,
	trigger_id: "paid",
	user_id: "NEW.id::text",
});

/** What a terminal would obey, or what hides or reorders its neighbours. */
const UNSAFE =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

test("rules with text that nobody can see are written with it visible, and read back as they were", () => {
	const rules = [
		rule("plain", "NEW.status = 'paid'"),
		rule("bidi\u202e\u2066", "NEW.note = '\u202egnp.exe'\n  AND NEW.x = '\u200b\u{e0041}'"),
		rule("escape", "NEW.note = E'\u001b[31m'"),
	];
	const text = formatRules(rules);
	expect(text).not.toMatch(UNSAFE);
	expect(text).toContain("\\U0000202e");
	expect(parseRules(text)).toEqual(rules);
});

test("whatever text a rule has, it is read back as it was", () => {
	const piece = fc.constantFrom(
		"a",
		" ",
		"\n",
		"\t",
		"'",
		'"',
		"\\",
		"#",
		": ",
		"\u202e",
		"\u2028",
		"\u0085",
		"\u001b",
		"\u{e0001}",
		"😀",
		"é",
	);
	const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(""));
	fc.assert(
		fc.property(text, text, (name, condition) => {
			const written = formatRules([rule(name, condition)]);
			expect(written).not.toMatch(UNSAFE);
			expect(parseRules(written)).toEqual([rule(name, condition)]);
		}),
	);
});

test("a file without an end is refused", async () => {
	await expect(readRules("/dev/zero", Readable.from([]))).rejects.toThrow("too large for rules");
});

test("aliases that lead nowhere, or multiply, are refused in words", () => {
	expect(() => parseRules("watches: *nothing")).toThrow(UsageError);
	expect(() => parseRules("watches:\n  a: }")).toThrow(/at line 2, column 6/);
	const laughs = Array.from({ length: 9 }, (_, n) => `a${n}: &a${n} [${n === 0 ? "x" : `*a${n - 1}, `.repeat(9)}]\n`);
	expect(() => parseRules(`${laughs.join("")}watches: {}`)).toThrow(UsageError);
});
