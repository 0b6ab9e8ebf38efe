import { describe, expect, test } from "vitest";
import { settleAccepted, settleFailed } from "../../src/store/settle.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
	attemptsOf,
	claimAll,
	expireLeases,
	fail,
	insertOne,
	leasesOf,
	SERVER_ERROR,
	settlement,
	statusOf,
} from "./events.ts";

const UNCERTAIN = { next: "uncertain" } as const;

async function claims(database: TestDatabase): Promise<number> {
	const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.claims");
	return rows[0]?.["n"] as number;
}

describe("a success and the reaping of its lease at the same time", () => {
	/** Runs the first in a transaction, starts the second, waits until it is blocked or done, commits the first. */
	async function race(database: TestDatabase, first: "success" | "reaping", from: "outbox" | "retry"): Promise<string> {
		const id = await insertOne(database);
		if (from === "retry") await fail(database, await claimAll(database));
		const [event] = await claimAll(database);
		if (event === undefined) throw new Error("one event was written");
		await expireLeases(database);
		const settle = (who: "success" | "reaping", db: TestDatabase["pool"]) =>
			who === "success"
				? settleAccepted(
						db,
						0,
						[settlement(event, { ...SERVER_ERROR, class: "accepted", httpStatus: 200 }, { next: "delivered" })],
						leasesOf([event]),
					)
				: settleFailed(db, [settlement(event, SERVER_ERROR, UNCERTAIN)], leasesOf([event]));
		const client = await database.pool.connect();
		try {
			await client.query("BEGIN");
			await settle(first, client as unknown as TestDatabase["pool"]);
			const second = settle(first === "success" ? "reaping" : "success", database.pool);
			await untilBlocked(database);
			await client.query("COMMIT");
			await second;
		} finally {
			client.release();
		}
		return id;
	}

	async function untilBlocked(database: TestDatabase): Promise<void> {
		await expect
			.poll(async () => {
				const { rows } = await database.query(
					"SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
				);
				return rows[0]?.["n"];
			})
			.toBe(1);
	}

	for (const from of ["outbox", "retry"] as const) {
		test(`ends delivered when the success is first, and nothing is reaped (${from})`, async () => {
			await using database = await createTestDatabase();
			const id = await race(database, "success", from);
			expect(await statusOf(database, id)).toBe("delivered");
			expect((await attemptsOf(database, id)).at(-1)).toMatch(/accepted/);
			expect((await attemptsOf(database, id)).filter((line) => line.endsWith("ambiguous"))).toHaveLength(
				from === "retry" ? 1 : 0,
			);
			expect(await claims(database)).toBe(0);
		});

		test(`ends delivered when the reaping is first, with both on record (${from})`, async () => {
			await using database = await createTestDatabase();
			const id = await race(database, "reaping", from);
			expect(await statusOf(database, id)).toBe("delivered");
			const attempt = from === "retry" ? 2 : 1;
			expect(await attemptsOf(database, id)).toEqual(
				expect.arrayContaining([`${attempt} accepted`, `${attempt} ambiguous`]),
			);
			expect(await claims(database)).toBe(0);
		});
	}
});
