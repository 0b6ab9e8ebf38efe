import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duration, each, fraction, moment, port, uuid, webAddress, wholeNumber } from "../../src/cli/arguments.ts";

const ID = "0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f";

describe("what arguments mean", () => {
	test.each<[string, unknown, unknown]>([
		["a port", port("0"), 0],
		["a whole number", wholeNumber(1, 10)("10"), 10],
		["a fraction", fraction("0.05"), 0.05],
		["a fraction without its zero", fraction(".5"), 0.5],
		["all of it", fraction("1"), 1],
		["an id", uuid(ID.toUpperCase()), ID],
		["ids, one by one", each(uuid)(ID, each(uuid)(ID, undefined)), [ID, ID]],
		["days", duration("90d"), 90 * 86_400_000],
		["hours", duration("2h"), 7_200_000],
		["minutes", duration("15m"), 900_000],
		["seconds", duration("30s"), 30_000],
		["weeks", duration("1w"), 604_800_000],
		["a distance from now", moment("2h"), { kind: "relative", ms: 7_200_000 }],
		["a day", moment("2026-03-01"), { kind: "absolute", iso: "2026-03-01T00:00:00Z" }],
		["a leap day", moment("2028-02-29"), { kind: "absolute", iso: "2028-02-29T00:00:00Z" }],
		["a time", moment("2026-03-01T10:00Z"), { kind: "absolute", iso: "2026-03-01T10:00Z" }],
		[
			"a time as psql prints it",
			moment("2026-03-01 10:00:00.123456+02:00"),
			{
				kind: "absolute",
				iso: "2026-03-01T10:00:00.123456+02:00",
			},
		],
		["an address", webAddress("http://127.0.0.1:9000/hook"), new URL("http://127.0.0.1:9000/hook")],
	])("%s", (_name, parsed, expected) => {
		expect(parsed).toEqual(expected);
	});
});

describe("what is refused, saying what was expected", () => {
	test.each<[string, (text: string) => unknown, string[]]>([
		["whole numbers", wholeNumber(1, 10), ["", "0", "11", "-1", "1e1", "0x1", "01", "1.0", " 1", "1 ", "one", "٣"]],
		["fractions", fraction, ["", "-0.1", "1.1", "2", "1e-3", "0,5", "."]],
		["ids", uuid, ["", "1", ID.slice(1), `${ID}0`, `{${ID}}`, ID.replaceAll("-", "")]],
		["durations", duration, ["", "90", "d", "-1d", "1.5h", "90 d", "1y", "999999999999d"]],
		[
			"moments",
			moment,
			["", "yesterday", "2026-02-30", "2026-13-01", "2026-03-01T10:00", "2026-03-01T25:00Z", "1-1-1"],
		],
		["addresses", webAddress, ["", "localhost:9000", "ftp://x", "javascript:1"]],
	])("%s", (_name, parse, texts) => {
		for (const text of texts) expect(() => parse(text), JSON.stringify(text)).toThrow(/^Expected a/);
	});
});

test("every absolute moment that is accepted is one that Date understands as the same instant", () => {
	const property = fc.property(
		fc.date({ min: new Date("1970-01-01"), max: new Date("9000-01-01"), noInvalidDate: true }),
		(date) => {
			const parsed = moment(date.toISOString());
			expect(parsed.kind === "absolute" && new Date(parsed.iso).getTime()).toBe(date.getTime());
		},
	);
	fc.assert(property);
});
