import { expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { Sampler } from "../../src/relay/sampler.ts";
import { attemptRates } from "../../src/store/inspect/attempt-rates.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { readConsistently } from "../../src/store/inspect/reading.ts";
import { readSeries } from "../../src/store/inspect/series.ts";
import { createRelayStore } from "../../src/store/relay-store.ts";
import type { Sample } from "../../src/store/samples.ts";
import { insert } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { answer, startScriptedReward } from "../support/scripted-reward.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { relayDatabase, startRelay, untilAll } from "./running.ts";

const ACCEPTED: Outcome = {
	class: "accepted",
	httpStatus: 200,
	errorCode: null,
	errorMessage: null,
	responseBody: null,
};

function samplerOf(database: TestDatabase, record: (sample: Sample, write: () => Promise<void>) => Promise<void>) {
	const store = createRelayStore(database.pool);
	const clock = new ManualClock();
	const sampler = new Sampler(
		{ ...store, recordSample: (sample) => record(sample, () => store.recordSample(sample)) },
		clock,
	);
	const accepted = (latencyMs: number) => sampler.observer.attempt({} as never, ACCEPTED, 1, latencyMs, "delivered");
	return { sampler, clock, accepted };
}

const samples = async (database: TestDatabase) =>
	(await database.query("SELECT * FROM reward_outbox.relay_samples ORDER BY sample_no")).rows;

test("only what happened is written, with its span", async () => {
	await using database = await createTestDatabase();
	const { sampler, clock, accepted } = samplerOf(database, (_, write) => write());
	clock.advance(5_000);
	await sampler.write(7);
	expect(await samples(database)).toEqual([]);
	clock.advance(5_000);
	accepted(12);
	sampler.observer.reaped(2);
	await sampler.write(7);
	expect(await samples(database)).toMatchObject([
		{ relay_no: 7, sample_no: 1, span_ms: 5_000, accepted: 1, ambiguous: 2 },
	]);
});

test("what the database does not take is written later, once, with the time it happened", async () => {
	await using database = await createTestDatabase();
	let answer: "lost" | "refused" | "fine" = "lost";
	const { sampler, clock, accepted } = samplerOf(database, async (_, write) => {
		if (answer !== "refused") await write();
		if (answer !== "fine") throw new Error("connection terminated");
	});
	clock.advance(5_000);
	accepted(12);
	await expect(sampler.write(1)).rejects.toThrow("terminated");
	answer = "refused";
	for (let n = 0; n < 100; n++) {
		clock.advance(5_000);
		accepted(30);
		await expect(sampler.write(1)).rejects.toThrow("terminated");
	}
	answer = "fine";
	await sampler.write(1);
	const written = await samples(database);
	expect(written).toMatchObject([
		{ accepted: 1, span_ms: 5_000 },
		{ accepted: 100, span_ms: 500_000 },
	]);
});

test("a real relay's attempts are counted, retries of old events too", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	reward.respond(answer(400, JSON.stringify({ error: { code: "missing_field", message: "no" } })));
	await insert(database.pool, {}, 2);
	// Ids begin with their time: these were written long ago.
	await database.query("UPDATE reward_outbox.outbox SET id = ('01900000' || substr(id::text, 9))::uuid");
	const relay = await startRelay(database, reward);
	await untilAll(database, { dead: 2 });
	await insert(database.pool, { user: "late" }, 1);
	await untilAll(database, { dead: 3 });
	await relay.stop(2_000);
	expect(await readConsistently(database.pool, attemptRates)).toMatchObject({
		last_minute: { refused: 3, accepted: 0 },
	});
	expect((await readOverview(database.pool)).attempts.last_5_minutes.refused).toBe(3);
	expect((await readSeries(database.pool, 5)).points).toHaveLength(30);
});
