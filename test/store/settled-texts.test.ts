import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { settleAccepted, settleFailed } from "../../src/store/settle.ts";
import { createBlankDatabase } from "../support/blank-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { claimAll, insert, leasesOf, settlement } from "./events.ts";

const databases = new Map<string, TestDatabase>();
beforeAll(async () => {
	databases.set("UTF8", await createTestDatabase());
	for (const encoding of ["LATIN1", "SQL_ASCII", "EUC_JP"]) {
		const database = await createBlankDatabase({ encoding });
		await migrateToLatest(database.url);
		databases.set(encoding, database);
	}
});
afterAll(async () => {
	for (const database of databases.values()) await database.drop();
});

const text = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.string({ unit: "grapheme", maxLength: 40 }),
	fc.constantFrom(
		"\0",
		"a\0b",
		"\ud800",
		"\udc00x",
		"€",
		"日本",
		"\\u0000",
		"NULL",
		'{"a":"\\u0000"}',
		"\\",
		'"',
		"{}",
		"",
	),
);

/** Whatever receivers say, the outcomes of all are recorded, and those of others as they were said. */
test.each(["UTF8", "LATIN1", "SQL_ASCII", "EUC_JP"])(
	"no answer keeps an outcome from being recorded, in %s",
	{ timeout: 60_000 },
	async (encoding) => {
		const database = databases.get(encoding) as TestDatabase;
		const property = fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (said) => {
			await database.query("TRUNCATE reward_outbox.claims, reward_outbox.event_states, reward_outbox.attempt_log");
			await insert(database.pool, {}, said.length * 2 + 2);
			const events = await claimAll(database, { limit: 50 });
			const outcomes = [...said, "plain"];
			const accepted = events.slice(0, outcomes.length);
			const failed = events.slice(outcomes.length);
			const of = (kind: "accepted" | "refused", body: string): Outcome => {
				const evidence = { httpStatus: 200, errorCode: null, errorMessage: null, responseBody: body };
				return kind === "accepted"
					? { class: kind, ...evidence }
					: {
							class: kind,
							...evidence,
							httpStatus: 400,
							errorCode: body.slice(0, 3),
							errorMessage: body,
							fault: "event",
							retryAfterMs: null,
						};
			};
			await settleFailed(
				database.pool,
				failed.map((event, n) => settlement(event, of("refused", outcomes[n] as string), { next: "dead" })),
				[],
			);
			await settleAccepted(
				database.pool,
				0,
				accepted.map((event, n) => settlement(event, of("accepted", outcomes[n] as string), { next: "delivered" })),
				leasesOf(events),
			);
			const { rows } = await database.query(
				`SELECT count(*) FILTER (WHERE outcome = 'accepted')::int AS accepted, count(*) FILTER (WHERE outcome = 'refused')::int AS refused,
			        count(*) FILTER (WHERE response_body = 'plain')::int AS plain FROM reward_outbox.attempt_log`,
			);
			const each = outcomes.length;
			expect(rows[0]).toEqual({ accepted: each, refused: each, plain: 2 });
			expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
		});
		await fc.assert(property, { numRuns: 25 });
	},
);
