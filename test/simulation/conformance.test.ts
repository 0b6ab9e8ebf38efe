import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { createTestDatabase } from "../support/database.ts";
import { conform, describe } from "./conformance/conform.ts";
import { prepareDatabase } from "./conformance/real-side.ts";

const SEEDS = 6;
const STEPS = 50;

test("the model does what the real functions do, in random histories of calls", { timeout: 300_000 }, async () => {
	await using database = await createTestDatabase();
	await prepareDatabase(database.pool);
	const db = openDatabase({ url: database.url, applicationName: "conformance", maxConnections: 12 });
	try {
		for (let seed = 1; seed <= SEEDS; seed++) {
			const failure = await conform(db, seed, STEPS);
			expect(failure === null ? "" : describe(failure)).toBe("");
		}
	} finally {
		await db.end();
	}
});
