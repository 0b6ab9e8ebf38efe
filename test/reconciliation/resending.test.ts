import { describe, expect, test } from "vitest";
import { setTrigger } from "../../src/store/trigger-policy.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { accept, claimAll, fail, insertOne, leasesOf } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { resetAfterApplying, resetBeforeApplying, startScriptedReward } from "../support/scripted-reward.ts";
import { AT_MOST_ONCE, decisions, EVENT, moveBack, receive, why } from "./receiving.ts";

interface Earlier {
	/** Accepted requests, each with its receipt. */
	readonly accepted: number;
	/** Ambiguous ones with a receipt, */
	readonly heard: number;
	/** and without. */
	readonly silent: number;
}

/** What was sent before. */
async function addEarlier(database: TestDatabase, { accepted, heard, silent }: Earlier): Promise<void> {
	const count = accepted + heard + silent;
	await database.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
		 SELECT 'paid', 'earlier ' || n, '{"value": 19.90}' FROM generate_series(1, $1) n`,
		[count],
	);
	const claimed = (await claimAll(database)).toSorted((a, b) => numberOf(a.userId) - numberOf(b.userId));
	await accept(database, claimed.slice(0, accepted), []);
	await fail(database, claimed.slice(accepted), { decision: { next: "dead" }, done: leasesOf(claimed) });
	for (const { userId } of claimed.slice(0, accepted + heard)) await receive(database, userId);
}

const numberOf = (user: string) => Number(user.split(" ")[1]);
/** All that ended ambiguously ended as this event's attempt did. */
async function endedLike(database: TestDatabase, id: string): Promise<void> {
	await database.query(
		`UPDATE reward_outbox.attempt_log a SET (http_status, error_code) = (l.http_status, l.error_code)
		 FROM reward_outbox.attempt_log l WHERE l.event_id = $1 AND a.outcome = 'ambiguous'`,
		[id],
	);
}

describe("auto-resend", () => {
	test("leaves to a person what was perhaps applied: too many that ended so were", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_confirm: true, auto_resend: true }, "test");
		await addEarlier(database, { accepted: 60, heard: 30, silent: 30 });
		reward.enqueue(resetBeforeApplying(), resetAfterApplying());
		await using _relay = await startRelay(database, reward, { concurrency: 1 });
		const lost = await insertOne(database.pool, { ...EVENT, user: "lost" });
		await insertOne(database.pool, { ...EVENT, user: "applied" });
		await untilAll(database, { delivered: 60, dead: 60, uncertain: 2 });
		await endedLike(database, lost);
		await moveBack(database, "90 minutes");
		// Proof that it was looked at since: the other one is confirmed.
		await receive(database, "applied");
		await database.query(
			"UPDATE reward_outbox.attempt_log SET started_at = now() FROM reward_outbox.outbox o WHERE o.id = event_id AND o.user_id = 'applied'",
		);
		await untilAll(database, { delivered: 61, dead: 60, uncertain: 1 }, 30_000);
		expect(await decisions(database)).toMatchObject([{ action: "confirm" }]);
		expect(reward.requests).toHaveLength(2);
		expect(await why(database, lost)).toMatch(
			/probably not applied \(of a hundred such, at most \d+\.\d were\)\. That is too many for a relay to send it again\. To go by that:/,
		);
	});

	test("sends again what was not recorded while others were, and nothing of which a receipt came", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_resend: true }, "test");
		await addEarlier(database, { accepted: 60, heard: 1, silent: 60 });
		reward.enqueue(resetBeforeApplying(), resetAfterApplying());
		await using _relay = await startRelay(database, reward, { concurrency: 1 });
		const lost = await insertOne(database.pool, { ...EVENT, user: "lost" });
		await insertOne(database.pool, { ...EVENT, user: "applied" });
		await untilAll(database, { delivered: 60, dead: 61, uncertain: 2 });
		await receive(database, "applied");
		await endedLike(database, lost);
		await moveBack(database, "90 minutes");
		await untilAll(database, { delivered: 61, dead: 61, uncertain: 1 }, 30_000);
		expect(await decisions(database)).toMatchObject([{ action: "resend_unconfirmed", event_id: lost }]);
		expect(reward.requests.filter(({ userId }) => userId === "lost")).toHaveLength(2);
		expect(reward.requests.filter(({ userId }) => userId === "applied")).toHaveLength(1);
	});
});
