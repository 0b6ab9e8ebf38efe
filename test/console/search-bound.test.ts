import { describe, expect, test } from "vitest";
import { SEARCH_LIMITS } from "../../src/store/inspect/search.ts";
import { noBrowser } from "./chromium.ts";
import { OPERATOR } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

// As if they had been read long ago, so that no relay delivers them; a millisecond apart.
const OLD_EVENTS = `
INSERT INTO reward_outbox.outbox (id, xid, created_at, trigger_id, user_id)
SELECT (lpad(to_hex(t.ms), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid, '3', to_timestamp(t.ms / 1000.0), $1, 'u' || n
FROM generate_series(1, $2::integer) n, LATERAL (SELECT (date_part('epoch', now()) * 1000)::bigint - $3::bigint + n AS ms) t`;

describe.skipIf(noBrowser)("a search that would take long", () => {
	const stage = useConsole();

	test("stops, says how far it got, and goes on when asked", { timeout: 60_000 }, async () => {
		const client = await stage.database.pool.connect();
		await client.query("SET session_replication_role = replica");
		await client.query(OLD_EVENTS, ["common_once", SEARCH_LIMITS.gathered + 1_000, 86_400_000]);
		await client.query(OLD_EVENTS, ["common_now", SEARCH_LIMITS.walked + 1_000, 3_600_000]);
		client.release(true);
		await stage.database.query("ANALYZE reward_outbox.outbox");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events?trigger=common_once");
		await visitor.sees(/older events have not been looked at yet/);
		expect(await visitor.page.getByText("No event matches").count()).toBe(0);
		await visitor.press("Search further back");
		await visitor.page
			.getByRole("row", { name: /common_once/ })
			.first()
			.waitFor();
		expect(visitor.complaints).toEqual([]);
	});
});
