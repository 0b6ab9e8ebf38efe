import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const MIGRATIONS = join(import.meta.dirname, "../migrations");
/** What a DBA reads in a terminal or a side-by-side diff. */
const MAX_COLUMNS = 110;

/**
 * What functions say to the planner, so that a session's or a server's settings, and statistics of tables that are
 * empty most of the time, change no plan. Each set has a reason; a function has one of them, or none of its own and
 * runs with those of its callers.
 */
const PLANNER_SETTINGS: Readonly<Record<string, readonly string[]>> = {
	"looks up rows by an index": ["enable_seqscan"],
	"the same, in a plan that looks so expensive that it would be compiled": ["enable_seqscan", "jit"],
	"joins many rows, each by an index": ["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"],
	"the same, planned once in a session": [
		"plan_cache_mode",
		"enable_seqscan",
		"enable_hashjoin",
		"enable_mergejoin",
		"jit",
	],
	"reads along an index": ["enable_seqscan", "enable_bitmapscan", "jit"],
	"joins along an index": ["enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "jit"],
	"the same in an application's transaction, planned once": [
		"plan_cache_mode",
		"enable_seqscan",
		"enable_bitmapscan",
		"enable_hashjoin",
		"enable_mergejoin",
	],
	"looks up a row in an application's transaction, whatever it has switched off": [
		"plan_cache_mode",
		"enable_seqscan",
		"enable_bitmapscan",
		"enable_indexscan",
	],
	"claims: reads along an index what never has to be sorted": [
		"plan_cache_mode",
		"enable_seqscan",
		"enable_bitmapscan",
		"enable_hashjoin",
		"enable_mergejoin",
		"enable_sort",
		"jit",
	],
};
const PLANNER_VALUES: Readonly<Record<string, string>> = {
	plan_cache_mode: "force_generic_plan",
	enable_indexscan: "on",
};

const files = readdirSync(MIGRATIONS, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sql"));
const linesOf = (file: string) => readFileSync(join(MIGRATIONS, file), "utf8").split("\n");

describe("the SQL of the schema", () => {
	test("is there", () => {
		expect(files.length).toBeGreaterThan(100);
	});

	test("is plain ASCII, so that every database can take it", () => {
		const others = files.filter((file) => linesOf(file).some((line) => /[^\t\r -~]/.test(line)));
		expect(others).toEqual([]);
	});

	test("has a few sets of planner settings, each for a reason, and every function that has any has one of them", () => {
		const sets = Object.values(PLANNER_SETTINGS).map((names) =>
			names.map((name) => `${name} = ${PLANNER_VALUES[name] ?? "off"}`).join(", "),
		);
		const found = files.flatMap((file) => {
			const [head = ""] = linesOf(file).join("\n").split("AS $$");
			const own = [...head.matchAll(/\bSET ((?:plan_cache_mode|enable_\w+|jit) = \w+)/g)].map(([, set]) => set);
			return own.length === 0 ? [] : [{ file, set: own.join(", ") }];
		});
		expect(found.filter(({ set }) => !sets.includes(set))).toEqual([]);
		expect(sets.filter((set) => !found.some((one) => one.set === set))).toEqual([]);
	});

	test(`has no line of more than ${MAX_COLUMNS} columns, and none that ends in blanks`, () => {
		const wrong = files.flatMap((file) =>
			linesOf(file).flatMap((line, index) =>
				line.length > MAX_COLUMNS || /\s$/.test(line) ? [`${file}:${index + 1}`] : [],
			),
		);
		expect(wrong).toEqual([]);
	});
});
