import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const MIGRATIONS = join(import.meta.dirname, "../migrations");
/** What a DBA reads in a terminal or a side-by-side diff. */
const MAX_COLUMNS = 110;

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

	test(`has no line of more than ${MAX_COLUMNS} columns, and none that ends in blanks`, () => {
		const wrong = files.flatMap((file) =>
			linesOf(file).flatMap((line, index) =>
				line.length > MAX_COLUMNS || /\s$/.test(line) ? [`${file}:${index + 1}`] : [],
			),
		);
		expect(wrong).toEqual([]);
	});
});
