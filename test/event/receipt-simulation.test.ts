import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulate } from "./receipt-simulation.ts";

const percent = (part: number, whole: number) => ((100 * part) / whole).toFixed(1);

test("docs/receipts.md says what the simulation finds, from its seed", async () => {
	const text = await readFile(join(import.meta.dirname, "../../docs/receipts.md"), "utf8");
	const found = simulate(1);
	const rows = [
		`| at-least-once, no receipts | ${found.doubledAtLeastOnce} | 0 | 0 |`,
		`| \`auto-confirm\` | 0 | ${found.wronglyConfirmed} | ${found.left + found.resent} |`,
		`| \`auto-confirm,auto-resend\` | ${found.doubledByResending} | ${found.wronglyConfirmed} | ${found.left} |`,
	];
	for (const row of rows) expect(text).toContain(row);
	const fewer = percent(found.doubledAtLeastOnce - found.doubledByResending, found.doubledAtLeastOnce);
	expect(text).toContain(`${found.doubtful} requests in doubt`);
	expect(text).toContain(`${fewer} % fewer`);
});

test("from whatever seed: confirming alone doubles nothing, resending doubles few, and few are closed wrongly", () => {
	for (const seed of [2, 3, 4, 5]) {
		const found = simulate(seed, 30_000, 6_000);
		expect(found.doubledByResending).toBeLessThan(0.08 * found.doubledAtLeastOnce);
		expect(found.wronglyConfirmed).toBeLessThan(0.01 * found.doubtful);
		expect(found.confirmed + found.resent + found.left).toBe(found.doubtful);
	}
});
