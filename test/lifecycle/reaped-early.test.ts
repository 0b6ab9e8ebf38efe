import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import { Gate } from "./gate.ts";
import { checkInvariants } from "./invariants.ts";
import { startListeningRelay } from "./relay-process.ts";

test("a lease that another relay reaped before its time, as after the clock was set, stops nobody", {
	timeout: 120_000,
}, async () => {
	await using database = await createTestDatabase();
	const gate = new Gate();
	await using reward = await startScriptedReward({ script: gate.script });
	await using owner = await startListeningRelay({ databaseUrl: database.url, reward });
	await emitEvents(database.pool, 1);
	await reward.waitFor(() => gate.held.length === 1);
	await database.query("UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 second'");
	await using other = await startListeningRelay({ databaseUrl: database.url, reward });
	const reaped = "SELECT count(*)::integer FROM reward_outbox.attempts WHERE error_code = 'lease_expired'";
	await until("it is reaped", async () => (await readValue<number>(database, reaped)) === 1);

	// It looks whether this is still the database that it knows. What it finds now may be from before.
	const looks = "SELECT beats::integer FROM reward_outbox.relay_proofs ORDER BY relay_no LIMIT 1";
	const before = await readValue<number>(database, looks);
	await until("the owner has looked again", async () => (await readValue<number>(database, looks)) >= before + 2);
	expect(await readValue(database, "SELECT doubt_code FROM reward_outbox.installation")).toBeNull();

	gate.release(() => success());
	reward.respond(success());
	await untilDrained(database);
	expect([owner.isRunning, other.isRunning]).toEqual([true, true]);
	expect((await checkInvariants(database, reward)).violations).toEqual([]);
});
