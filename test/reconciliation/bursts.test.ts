import { expect, test } from "vitest";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { relayDatabase, startRelay, until } from "../relay/running.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";

test("a relay notices receipts that no send explains, though no trigger goes by receipts, and says so", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	// Those of the last minutes may be ahead of their request's record, and count as explained.
	await database.query(
		`INSERT INTO reward_outbox.receipts (webhook_id, kind, trigger_id, user_id, value, received_at)
		 SELECT 'w' || n, 'event', CASE WHEN n <= 8 THEN 'made_up' ELSE 'few' END, 'ada', n, now() - interval '20 minutes'
		 FROM generate_series(1, 12) n`,
	);
	await using relay = await startRelay(database, reward);
	await until("noticed", async () => (await relay.metrics()).includes("reward_outbox_receipt_bursts 1\n"), 30_000);
	const overview = await readOverview(database.pool);
	expect(overview.receipt_bursts).toEqual([
		{ trigger_id: "made_up", measured: 0, unexplained: 8, since: expect.any(Date) },
	]);
	expect(attentionInWords(overview)).toContainEqual(
		expect.objectContaining({ code: "receipt_burst", subject: "made_up", severity: "warning" }),
	);
	await database.query("UPDATE reward_outbox.unexplained_receipts SET measured_at = now() - interval '11 minutes'");
	expect((await readOverview(database.pool)).receipt_bursts).toEqual([]);
});
