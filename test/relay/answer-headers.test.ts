import { expect, test } from "vitest";
import { insert } from "../store/events.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { relayDatabase, startRelay, untilAll } from "./running.ts";

test("an attempt that failed keeps headers of its answer until its texts are withdrawn; one that was accepted has none", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	reward.enqueue(answer(503, "down", { "x-request-id": "req_7", "retry-after": "0", "set-cookie": "a=b" }), success());
	await using _relay = await startRelay(database, reward);
	const [id] = await insert(database.pool, {}, 1);
	await untilAll(database, { delivered: 1 });
	const headers = async () =>
		(
			await database.query(
				"SELECT outcome, response_headers - 'content-type' AS kept FROM reward_outbox.attempts WHERE event_id = $1 ORDER BY attempt",
				[id],
			)
		).rows;
	expect(await headers()).toEqual([
		{ outcome: "ambiguous", kept: { "x-request-id": "req_7", "retry-after": "0" } },
		{ outcome: "accepted", kept: null },
	]);
	await database.query("SELECT reward_outbox.withdraw_texts(ARRAY[$1::uuid], true)", [id]);
	expect(await headers()).toEqual([
		{ outcome: "ambiguous", kept: null },
		{ outcome: "accepted", kept: null },
	]);
});
