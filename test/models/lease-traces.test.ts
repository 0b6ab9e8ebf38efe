import { execFileSync, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { LeaseReplay } from "./lease-replay.ts";
import { runsIn } from "./runs.ts";

const TRACES = join(import.meta.dirname, "lease-traces.txt");
const MAKE_TRACES = join(import.meta.dirname, "../../models/traces.sh");

let database: TestDatabase;
beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());

async function replay(runs: readonly string[][]): Promise<void> {
	for (const run of runs) {
		const replay = await LeaseReplay.begin(database, run[0] === "event 1" ? "at_most_once" : "at_least_once");
		for (const [index, line] of run.slice(1).entries()) {
			const [step = "", expected] = line.split(" | ");
			const state = await replay.step(step);
			if (expected !== undefined) expect(state, run.slice(0, index + 2).join("\n")).toBe(expected);
		}
	}
}

test("the model's runs, step by step, leave the same in a real database", { timeout: 60_000 }, async () => {
	await replay(runsIn(readFileSync(TRACES, "utf8")));
});

test("they have every step in them, in both modes", () => {
	const steps = runsIn(readFileSync(TRACES, "utf8")).flatMap(([event, ...lines]) =>
		lines.map((line) => `${event}: ${line.split(" ")[0]}`),
	);
	const all = ["accepted", "claim", "claim-lost", "claim-undone", "expire", "failed", "find", "give-back", "killed"];
	const expected = ["event 0", "event 1"].flatMap((event) =>
		[...all, "reap", "send"].map((step) => `${event}: ${step}`),
	);
	expect([...new Set(steps)].toSorted()).toEqual(expected);
});

test.skipIf(spawnSync("spin", ["-V"]).error !== undefined)(
	"and so do others, of seeds that nobody has chosen",
	{ timeout: 60_000 },
	async () => {
		const seed = randomInt(1_000, 1_000_000);
		await replay(runsIn(execFileSync(MAKE_TRACES, [String(seed), String(seed + 9)], { encoding: "utf8" })));
	},
);

test("a run that is not the database's is noticed", async () => {
	const wrong = ["event 0", "claim 0 1 | sending 2 1 | 000 000"];
	await expect(replay([wrong])).rejects.toThrow();
});
