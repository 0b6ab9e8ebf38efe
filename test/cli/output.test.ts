import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wantsColour } from "../../src/cli/context.ts";
import {
	escapeForTerminal,
	formatDuration,
	formatRelativeTime,
	printFields,
	printJson,
	printJsonLines,
} from "../../src/cli/output.ts";
import { printTable } from "../../src/cli/table.ts";

function printed(print: (out: Parameters<typeof printTable>[0]) => void, terminal = false, columns = 80): string {
	let text = "";
	const stdout = new Writable({
		write(chunk, _encoding, done) {
			text += chunk;
			done();
		},
	});
	print({ stdout, stdoutIsTerminal: terminal, colour: terminal, terminalSize: () => ({ columns, rows: 24 }) });
	return text;
}

describe("escapeForTerminal", () => {
	test.each([
		["plain text, ünïcode, 日本語, 👩‍👩‍👧", "plain text, ünïcode, 日本語, 👩‍👩‍👧"],
		["\u001b[31mred\u0007", "\\x1b[31mred\\x07"],
		["a\nb\tc\rd", "a\\nb\\tc\\rd"],
		["\u009b31m", "\\x9b31m"],
		["\u202egnp.exe", "\\u{202e}gnp.exe"],
		["a\u200bb\ufeffc", "a\\u{200b}b\\u{feff}c"],
		["\ud800x", "\\u{d800}x"],
		["\u{e0041}", "\\u{e0041}"],
	])("%j", (text, shown) => {
		expect(escapeForTerminal(text)).toBe(shown);
	});

	test("text over the cap ends in an ellipsis, and characters are not torn apart", () => {
		expect(escapeForTerminal("abcdef", 3)).toBe("abc…");
		expect(escapeForTerminal("abc", 3)).toBe("abc");
		expect(escapeForTerminal("👍👍👍", 2)).toBe("👍👍…");
		expect(escapeForTerminal("x".repeat(50_000_000), 3)).toBe("xxx…");
	});

	test("nothing that a terminal obeys is left, whatever comes in", () => {
		const units = fc.oneof(fc.integer({ min: 0, max: 0x2100 }), fc.integer({ min: 0, max: 0xffff }));
		const anything = fc.array(units).map((codes) => String.fromCharCode(...codes));
		const property = fc.property(anything, (text) => {
			expect(escapeForTerminal(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
		});
		fc.assert(property, { numRuns: 500 });
	});
});

describe("JSON", () => {
	test("is one line for programs, indented on a terminal, and means the same", () => {
		const value = { id: 1, text: "\u001b\u009b\u202e\n日本", none: null };
		const forPrograms = printed((out) => printJson(out, value));
		const forPeople = printed((out) => printJson(out, value), true);
		expect(forPrograms).toMatch(/^\{.*\}\n$/);
		expect(forPeople).toMatch(/^\{\n {2}"id": 1,/);
		for (const text of [forPrograms, forPeople]) {
			expect(JSON.parse(text)).toEqual(value);
			for (const unsafe of ["\u001b", "\u009b", "\u202e"]) expect(text).not.toContain(unsafe);
		}
	});

	test("lines hold one document each", () => {
		expect(printed((out) => printJsonLines(out, [{ a: 1 }, { a: 2 }]))).toBe('{"a":1}\n{"a":2}\n');
	});
});

describe("tables", () => {
	const columns = [{ header: "STATUS" }, { header: "COUNT", align: "right" as const }];

	test("are aligned, without borders, and plain when piped", () => {
		const text = printed((out) =>
			printTable(out, columns, [
				["pending", 5],
				["dead", 1234],
				[null, 0],
			]),
		);
		expect(text).toBe(["STATUS   COUNT", "pending      5", "dead      1234", "-            0", ""].join("\n"));
	});

	test("have bold headers on a terminal", () => {
		const text = printed((out) => printTable(out, columns, [["pending", 5]]), true);
		expect(text).toContain("\u001b[1mSTATUS\u001b[22m");
		expect(text).toContain("pending      5");
	});

	test("show what is in them escaped and capped", () => {
		const text = printed((out) => printTable(out, [{ header: "USER", cap: 5 }], [["\u001b[2Jxyz\n"]]));
		expect(text).toBe("USER\n\\x1b[2Jx…\n");
	});

	test("without rows show their headers", () => {
		expect(printed((out) => printTable(out, columns, []))).toBe("STATUS  COUNT\n");
	});

	test("fields stand under each other", () => {
		expect(
			printed((out) =>
				printFields(out, [
					["id", "x"],
					["status", null],
				]),
			),
		).toBe("id      x\nstatus  -\n");
	});
});

describe("spans of time", () => {
	test.each([
		[0, "0 ms"],
		[999, "999 ms"],
		[1000, "1 s"],
		[61_000, "1 min 1 s"],
		[3_600_000, "1 h"],
		[3_605_000, "1 h"],
		[7_500_000, "2 h 5 min"],
		[90 * 86_400_000 + 3_600_000, "90 d 1 h"],
	])("%i ms is %s", (ms, text) => {
		expect(formatDuration(ms)).toBe(text);
	});

	test("relative to now", () => {
		const now = new Date("2026-01-01T00:00:00Z");
		const at = (ms: number) => formatRelativeTime(new Date(now.getTime() + ms), now);
		expect([at(0), at(-182_000), at(5000)]).toEqual(["now", "3 min 2 s ago", "in 5 s"]);
	});
});

test("colours need a terminal that can show them and nobody against it", () => {
	const cases: [Record<string, string>, boolean][] = [
		[{}, true],
		[{ NO_COLOR: "" }, true],
		[{ NO_COLOR: "1" }, false],
		[{ TERM: "dumb" }, false],
	];
	for (const [env, wanted] of cases) {
		expect(wantsColour(env, true)).toBe(wanted);
		expect(wantsColour(env, false)).toBe(false);
	}
});
