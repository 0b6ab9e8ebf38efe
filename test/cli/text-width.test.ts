import { expect, test } from "vitest";
import { printTable } from "../../src/cli/table.ts";
import { textWidth } from "../../src/cli/text-width.ts";

test.each([
	["plain text", 10],
	["", 0],
	["\u001b[31mred\u001b[39m", 3],
	["日本語", 6],
	["한국", 4],
	["ｆｕｌｌ", 8],
	["👍", 2],
	["e\u0301", 1],
	["ünïcode…", 8],
])("%j takes %i columns", (text, columns) => {
	expect(textWidth(text)).toBe(columns);
});

function printed(rows: readonly (readonly (string | number | null)[])[]): string {
	let text = "";
	const stdout = { write: (chunk: string) => (text += chunk) };
	const columns = [{ header: "A" }, { header: "B", align: "right" as const }, { header: "C" }];
	printTable({ stdout, stdoutIsTerminal: false, colour: false } as never, columns, rows);
	return text;
}

test("columns are as wide as their widest cell", () => {
	const rows = [
		["日本", 1, "x"],
		["a", 1000, null],
	];
	expect(printed(rows)).toBe("A        B  C\n日本     1  x\na     1000  -\n");
});

function cpuMs(work: () => void): number {
	const before = process.threadCpuUsage();
	work();
	const { user, system } = process.threadCpuUsage(before);
	return (user + system) / 1000;
}

test("fifty thousand rows are printed by work that grows with their number only", () => {
	const rows = Array.from({ length: 50_000 }, (_, n) => [`trigger-${n}`, n, "no limit"]);
	printed(rows.slice(0, 5_000));
	const small = cpuMs(() => printed(rows.slice(0, 5_000)));
	// Ten times as many: a quadratic layout would need a hundred times as long.
	expect(cpuMs(() => printed(rows))).toBeLessThan(Math.max(small, 20) * 40);
});
