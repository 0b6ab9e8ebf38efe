import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, untilDrained } from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { SHORT_LEASE, startListeningRelay } from "./relay-process.ts";

/** What made an earlier redactor search for minutes: thousands of places where the credentials of a URL may begin. */
const BODIES = ["://", `://${":".repeat(65_000)}`, "://a".repeat(16_000), " ".repeat(65_000), "Bearer ".repeat(9_000)];

test("answers made to be slow to read hold nobody up: no good event is sent twice", { timeout: 60_000 }, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward({
		script: ({ triggerId, idempotencyKey }) =>
			triggerId === "hostile" ? answer(500, BODIES[idempotencyKey.charCodeAt(35) % BODIES.length]) : success(),
	});
	const env = { ...SHORT_LEASE, REWARD_OUTBOX_MAX_ATTEMPTS: "2" };
	await using _one = await startListeningRelay({ databaseUrl: database.url, reward, env });
	await using _two = await startListeningRelay({ databaseUrl: database.url, reward, env });
	await emitEvents(database.pool, 10, { trigger: "hostile" });
	await emitEvents(database.pool, 20);
	await untilDrained(database);
	const good = reward.requests.filter(({ triggerId }) => triggerId !== "hostile");
	expect(good.length).toBe(20);
	const { violations, byStatus } = await checkInvariants(database, reward);
	expect({ violations, byStatus }).toEqual({ violations: [], byStatus: { delivered: 20, dead: 10 } });
});
