import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Fate, simulate } from "./receipt-simulation.ts";

const percent = (part: number, whole: number) => ((100 * part) / whole).toFixed(1);

test("docs/receipts.md says what the simulation finds, from its seed", async () => {
	const file = await readFile(join(import.meta.dirname, "../../docs/receipts.md"), "utf8");
	const text = file.replace(/\s+/g, " ");
	const found = simulate(1);
	const row = (name: string, { doubled, wronglyClosed, left }: Fate) =>
		`| ${name} | ${doubled} | ${wronglyClosed} | ${left} |`;
	expect(text).toContain(row("`at_least_once`, repeated at once", found.atOnce));
	expect(text).toContain(row("`at_least_once`, `after-evidence`", found.afterEvidence));
	expect(text).toContain(row("`at_most_once`, `auto-confirm`", found.confirm));
	expect(text).toContain(row("`at_most_once`, `auto-confirm,auto-resend`", found.confirmAndResend));
	expect(text).toContain(row("the same, if all that is silent were sent again", found.resendAll));
	expect(text).toContain(`${found.doubtful} requests in doubt`);
	expect(text).toContain(`${found.applied} of them were applied`);
	expect(text).toContain(`${percent(found.applied - found.afterEvidence.doubled, found.applied)} % fewer`);
});

test("from whatever seed: resending by evidence doubles 99 % fewer, and closes fewer than one in a hundred wrongly", () => {
	for (const seed of [2, 3, 4, 5]) {
		const found = simulate(seed, 30_000, 6_000);
		const { confirm, confirmAndResend, afterEvidence, resendAll } = found;
		expect(confirm.doubled).toBe(0);
		expect(confirmAndResend.doubled).toBeLessThanOrEqual(0.01 * found.applied);
		expect(confirmAndResend.wronglyClosed).toBeLessThan(0.01 * found.doubtful);
		// It takes work off people, and no rule that leaves nothing to them is better than the webhooks are.
		expect(confirmAndResend.left).toBeLessThan(0.5 * confirm.left);
		for (const all of [afterEvidence, resendAll]) expect(all.doubled).toBeLessThan(0.1 * found.applied);
	}
});
