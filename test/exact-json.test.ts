import fc from "fast-check";
import { expect, test } from "vitest";
import { exactJson } from "../src/exact-json.ts";

test.each([
	"12345678901234567890",
	"1.10",
	"1e400",
	"-0",
	"0.1000000000000000055511151231257827",
	'{"value":19.990,"deep":[{"n":100000000000000000000000}]}',
	'{"__proto__":{"x":1.0}}',
])("%s is printed as it was", (text) => {
	expect(JSON.stringify(exactJson(text))).toBe(text);
});

test("any JSON keeps its meaning", () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const text = JSON.stringify(value);
			expect(JSON.parse(JSON.stringify(exactJson(text)))).toEqual(JSON.parse(text));
		}),
	);
});
