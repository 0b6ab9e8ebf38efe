import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine } from "../src/csv.ts";
import { parseCsv } from "./api/read-csv.ts";

const nasty = fc.string({ unit: fc.constantFrom(..."=+-@\t\r\n'\",; aé😀＝0"), maxLength: 12 });

test("every cell can be read back, and none begins like a formula", () => {
	const cell = fc.oneof(nasty, fc.string({ unit: "binary" }));
	fc.assert(
		fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (rows) => {
			const parsed = parseCsv(rows.map((row) => csvLine(row)).join(""));
			const read = parsed.map((row) => row.map((text) => (text.startsWith("'") ? text.slice(1) : text)));
			expect(read).toEqual(rows);
			for (const text of parsed.flat()) expect(text).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
		}),
	);
});

test("nothing is an empty cell, a number is itself, and lines end as RFC 4180 says", () => {
	expect(csvLine([null, 12, "a", 'say "hi"', "a,b", "=1+1", " x"])).toBe(',12,a,"say ""hi""","a,b",\'=1+1," x"\r\n');
});
