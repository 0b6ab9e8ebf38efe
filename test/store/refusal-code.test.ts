import { expect, test } from "vitest";
import { STATUSES } from "../../src/event/event.ts";
import { REFUSAL_CODES } from "../../src/event/refusal.ts";
import { createTestDatabase } from "../support/database.ts";

const ACTIONS = ["retry", "cancel", "resolve_delivered", "resolve_not_delivered"];

test("every refusal that the database can answer is a listed code, and none without a status is forgotten", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		`SELECT DISTINCT reward_outbox.refusal_code(a, s, d, o, p) AS code
		 FROM unnest($1::text[]) AS a, unnest($2::text[]) AS s, unnest('{t,f}'::boolean[]) AS d,
		      unnest('{t,f}'::boolean[]) AS o, unnest('{t,f}'::boolean[]) AS p`,
		[ACTIONS, [...STATUSES, null]],
	);
	const codes = rows.map(({ code }) => code as string | null).filter((code) => code !== null);
	expect(codes.filter((code) => !(REFUSAL_CODES as readonly string[]).includes(code))).toEqual([]);
	expect(codes.length).toBeGreaterThan(6);
	const { rows: missing } = await database.query(
		"SELECT DISTINCT reward_outbox.refusal_code(a, NULL, false, false, true) AS code FROM unnest($1::text[]) AS a",
		[ACTIONS],
	);
	expect(missing).toEqual([{ code: "no_such_event" }]);
});
