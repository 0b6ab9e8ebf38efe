import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { INVARIANTS, type Invariant, planted } from "./mutant.ts";
import { MUTANTS } from "./planted/index.ts";

const ROOT = join(import.meta.dirname, "../..");

test("every planted bug still finds its place in the code, exactly one", () => {
	for (const mutant of MUTANTS) {
		const source = readFileSync(join(ROOT, mutant.file), "utf8");
		expect(planted(mutant, source), mutant.name).not.toBe(source);
	}
});

test("each has a name of its own, and test files that are there", () => {
	expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
	const missing = MUTANTS.flatMap(({ tests }) => tests).filter((file) => !existsSync(join(ROOT, "test", file)));
	expect(missing).toEqual([]);
});

test("every invariant is broken by some of them", () => {
	const broken = new Set(MUTANTS.map(({ invariant }) => invariant));
	expect((Object.keys(INVARIANTS) as Invariant[]).filter((invariant) => !broken.has(invariant))).toEqual([]);
});

test("a text that is gone, or stands twice, is said with the mutant's name", () => {
	const mutant = { ...MUTANTS[0], name: "moved", file: "a.ts", edits: [["a b", "c"]] } as (typeof MUTANTS)[number];
	expect(planted(mutant, "x a\n\t\tb y")).toBe("x c y");
	expect(() => planted(mutant, "a c")).toThrow("moved: a.ts has 0 places");
	expect(() => planted(mutant, "a b a b")).toThrow("moved: a.ts has 2 places");
});
