import { expect, test } from "vitest";
import { countMatches, MOST_COUNTED } from "../../../src/store/inspect/count-matches.ts";
import { useTestDatabase } from "../../support/file-database.ts";

const database = useTestDatabase();

/** Written at once: events of a trigger that no relay has seen. */
const WRITE = `INSERT INTO reward_outbox.outbox (trigger_id, user_id, metadata)
	SELECT $1, 'user' || n, jsonb_build_object('shop', n % 2) FROM generate_series(1, $2::integer) n`;

test("what matches is counted exactly up to a thousand, and beyond it is said that there are more", async () => {
	const { pool } = database.current;
	await pool.query(WRITE, ["few", 12]);
	await pool.query(WRITE, ["many", MOST_COUNTED + 1]);
	await pool.query(
		"SELECT reward_outbox.cancel_events(array_agg(id)) FROM (SELECT id FROM reward_outbox.outbox WHERE trigger_id = 'few' LIMIT 5) few",
	);
	const count = (filter: object, status: "pending" | "cancelled" | "delivered") => countMatches(pool, filter, status);
	expect(await count({ trigger: "few" }, "pending")).toEqual({ events: 7, at_least: false });
	expect(await count({ trigger: "few" }, "cancelled")).toEqual({ events: 5, at_least: false });
	expect(await count({ trigger: "few" }, "delivered")).toEqual({ events: 0, at_least: false });
	expect(await count({ trigger: "many" }, "pending")).toEqual({ events: MOST_COUNTED, at_least: true });
	// The status that a filter names does not count: each is asked for.
	expect(await count({ trigger: "few", statuses: ["dead"] }, "cancelled")).toEqual({ events: 5, at_least: false });
});
