import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { FAULTS } from "./faults/all.ts";
import { readRecorded } from "./ledger/recorded.ts";
import { ledger } from "./ledger/write.ts";
import { BETWEEN, SEVERAL } from "./reckoning.ts";

const ROOT = join(import.meta.dirname, "../..");
const { campaigns, offsets } = readRecorded();

/** Without what other machinery records, at a time of its own. */
function ownPart(text: string): string {
	return text.replace(/^## What else was tried\n[\s\S]*?(?=^## )/m, "");
}

test.each(ledger().map(({ path, text }) => [relative(ROOT, path), path, text]))(
	"%s says what is recorded: npm run docs:reliability writes it",
	(_, path, text) => {
		expect(ownPart(readFileSync(path, "utf8"))).toBe(ownPart(text));
	},
);

test("the README's promise leads to the ledger", () => {
	const readme = readFileSync(join(ROOT, "README.md"), "utf8");
	expect(/\*\*The promise:[\s\S]*?\n\n[\s\S]*?\n\n/.exec(readme)?.[0]).toContain("(docs/reliability.md)");
});

describe("what is recorded", () => {
	test("is whole: no run was ended early, and one is there of each kind", () => {
		expect(campaigns.length).toBeGreaterThan(0);
		for (const { interrupted } of [...campaigns, ...offsets]) expect(interrupted).toBe(false);
	});

	test.each(campaigns.map((one) => [`PostgreSQL ${one.postgres}, seed ${one.seed}`, one] as const))(
		"%s: its faults are those of the matrix, and its sums are right",
		(_, { faults, totals, events, byStatus }) => {
			const known = new Set([...FAULTS.map(({ name }) => name), SEVERAL, BETWEEN]);
			expect(faults.filter(({ name }) => !known.has(name))).toEqual([]);
			const duplicated = faults.reduce((sum, fault) => sum + fault.duplicated, 0);
			expect(duplicated).toBe(totals.duplicated);
			expect(Object.values(byStatus).reduce((sum, count) => sum + count, 0)).toBe(events);
		},
	);
});
