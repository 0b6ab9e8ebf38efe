import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { check } from "recheck";
import { parseSync, Visitor } from "vite";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "../src");

interface Pattern {
	readonly place: string;
	readonly source: string;
	readonly flags: string;
}

/** Every regular expression in a file, and every place that makes one out of a text. */
function patternsIn(path: string): { literals: Pattern[]; made: string[] } {
	const code = readFileSync(path, "utf8");
	const literals: Pattern[] = [];
	const made: string[] = [];
	const place = (at: number) => `${relative(SOURCE, path)}:${code.slice(0, at).split("\n").length}`;
	const { program, errors } = parseSync(path, code);
	expect(errors).toEqual([]);
	new Visitor({
		Literal(node) {
			if (!("regex" in node)) return;
			literals.push({ place: place(node.start), source: node.regex.pattern, flags: node.regex.flags });
		},
		// A schema's pattern is one as well.
		Property(node) {
			const { key, value } = node;
			if (key.type !== "Identifier" || key.name !== "pattern" || value.type !== "Literal") return;
			literals.push({ place: place(node.start), source: String(value.value), flags: "u" });
		},
		NewExpression(node) {
			if (node.callee.type === "Identifier" && node.callee.name === "RegExp") made.push(place(node.start));
		},
		CallExpression(node) {
			if (node.callee.type === "Identifier" && node.callee.name === "RegExp") made.push(place(node.start));
		},
	}).visit(program);
	return { literals, made };
}

/** Not by time: what is said of a pattern must not depend on what else the machine is doing. */
const BOUNDED_BY_STEPS = { timeout: null, attackTimeout: null, incubationTimeout: null, seedingTimeout: null };

const found = globSync(join(SOURCE, "**/*.{ts,tsx}")).map(patternsIn);

test("the time of no pattern grows faster than the text: what it is matched against may come from anybody", async () => {
	const literals = found.flatMap(({ literals }) => literals);
	expect(literals.length).toBeGreaterThan(80);
	const slow: string[] = [];
	for (const { place, source, flags } of literals) {
		const { status } = await check(source, flags, BOUNDED_BY_STEPS);
		if (status !== "safe") slow.push(`${place} /${source}/${flags} is ${status}`);
	}
	expect(slow).toEqual([]);
}, 600_000);

test("a quadratic pattern would be noticed", async () => {
	expect((await check("(://)[^\\s/]*:[^\\s]*@", "g", BOUNDED_BY_STEPS)).status).toBe("vulnerable");
	expect((await check(" +$", "gm", BOUNDED_BY_STEPS)).status).toBe("vulnerable");
});

test("no pattern is put together at run time, where nobody could look at it before; but of names of our own files", () => {
	const made = found.flatMap(({ made }) => made);
	expect(made.filter((place) => !place.startsWith("store/migrations.ts:"))).toEqual([]);
});
