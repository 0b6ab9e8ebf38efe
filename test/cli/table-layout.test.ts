import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BETWEEN_COLUMNS, type Column, layOut } from "../../src/cli/table-layout.ts";
import { wrapWords } from "../../src/cli/wrap.ts";

const EVENTS: readonly Column[] = [
	{ header: "ID" },
	{ header: "STATUS" },
	{ header: "TRIGGER", shrinksTo: 16 },
	{ header: "TRIES", align: "right", rank: 2 },
	{ header: "WRITTEN", rank: 1 },
	{ header: "REMARK", isProse: true },
];
const WIDTHS = [36, 9, 30, 5, 12, 80];
const names = (indexes: readonly number[]) => indexes.map((index) => EVENTS[index]?.header);

describe("a table in a terminal", () => {
	test("stays as it is where there is room, and in a pipe", () => {
		for (const room of [500, Number.POSITIVE_INFINITY]) {
			const { inRow, below, leftOut } = layOut(EVENTS, WIDTHS, room);
			expect(inRow.map(({ width }) => width)).toEqual(WIDTHS);
			expect({ below, leftOut }).toEqual({ below: null, leftOut: [] });
		}
	});

	test("gives prose the room that is left", () => {
		const { inRow, below } = layOut(EVENTS, WIDTHS, 150);
		expect(below).toBeNull();
		expect(inRow.map(({ width }) => width)).toEqual([36, 9, 30, 5, 12, 150 - 36 - 9 - 30 - 5 - 12 - 10]);
	});

	test("puts prose under its row first, then leaves columns out, the least important first", () => {
		const at = (room: number) => {
			const { inRow, below, leftOut } = layOut(EVENTS, WIDTHS, room);
			return [names(inRow.map(({ index }) => index)), below === null ? null : EVENTS[below]?.header, names(leftOut)];
		};
		expect(at(92)).toEqual([["ID", "STATUS", "TRIGGER", "TRIES", "WRITTEN"], "REMARK", []]);
		expect(at(80)).toEqual([["ID", "STATUS", "TRIGGER", "WRITTEN"], "REMARK", ["TRIES"]]);
		expect(at(70)).toEqual([["ID", "STATUS", "TRIGGER"], "REMARK", ["TRIES", "WRITTEN"]]);
	});

	test("never is wider than the terminal while there is something to leave out, and uses what room there is", () => {
		const column = fc.record(
			{
				header: fc.string({ minLength: 1, maxLength: 8 }),
				rank: fc.integer({ min: 1, max: 5 }),
				shrinksTo: fc.integer({ min: 4, max: 20 }),
			},
			{ requiredKeys: ["header", "rank"] },
		);
		const table = fc.array(fc.tuple(column, fc.integer({ min: 8, max: 60 })), { minLength: 1, maxLength: 9 });
		fc.assert(
			fc.property(table, fc.integer({ min: 1, max: 300 }), (cells, room) => {
				const { inRow, leftOut } = layOut(
					cells.map(([one]) => one),
					cells.map(([, width]) => width),
					room,
				);
				const taken = inRow.reduce((sum, { width }) => sum + width, BETWEEN_COLUMNS * Math.max(0, inRow.length - 1));
				expect(taken).toBeLessThanOrEqual(inRow.length === 0 ? 0 : room);
				expect(inRow.length + leftOut.length).toBe(cells.length);
				const narrowed = inRow.some(({ index, width }) => width < (cells[index]?.[1] ?? 0));
				if (narrowed) expect(taken).toBe(room);
			}),
		);
	});
});

describe("wrapping", () => {
	test("breaks between words, and leaves a word that is too long whole", () => {
		expect(wrapWords("give it to reward-outbox events retry now", 16)).toEqual([
			"give it to",
			"reward-outbox",
			"events retry now",
		]);
		expect(wrapWords("see https://reward.example/a-long-path now", 10)).toEqual([
			"see",
			"https://reward.example/a-long-path",
			"now",
		]);
		expect(wrapWords("", 10)).toEqual([""]);
	});

	test("loses nothing", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
				expect(wrapWords(text, columns).join(" ")).toBe(text);
			}),
		);
	});
});
