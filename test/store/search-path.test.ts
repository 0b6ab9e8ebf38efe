import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";

test("what runs with its owner's rights looks nothing up where its caller may have put something", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(`
		SELECT p.proname AS name, p.proconfig AS settings
		FROM pg_proc p
		WHERE p.pronamespace = 'reward_outbox'::regnamespace AND p.prosecdef`);
	expect(rows.length).toBeGreaterThan(20);
	const open = rows.filter(({ settings }) => !settings?.includes("search_path=pg_catalog, pg_temp"));
	expect(open.map(({ name }) => name)).toEqual([]);
});
