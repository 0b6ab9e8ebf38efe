import { expect, test } from "vitest";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { runCli } from "../cli/run-cli.ts";
import { createTestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents, holdClaimTurn, openSession, until, untilDrained } from "./facts.ts";
import { startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
/** Nobody polls within the time of these tests. */
const NO_POLL = { REWARD_OUTBOX_POLL_INTERVAL_MS: "60000" };
const [LOCK_CLASS] = WAKE_LOCK.split(",");

test.for(["pg_advisory_lock", "pg_advisory_lock_shared"])(
	"a stranger with every advisory lock by %s does not hold up delivery, and is named",
	{
		timeout: TIMEOUT_MS,
	},
	async (lock) => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using stranger = await openSession(database.url);
		await stranger.query("SET application_name = 'the stranger'");
		await stranger.query(`SELECT ${lock}(${LOCK_CLASS}, n) FROM generate_series(0, 20) n`);
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: NO_POLL });
		for (let n = 1; n <= 5; n++) {
			const [id = ""] = await emitEvents(database.pool, 1);
			await reward.waitFor(({ applications }) => applications.has(id), 5_000);
		}
		const holder = { application: "the stranger", holds: "wake lock" };
		await until("it is named", async () => {
			const { held_up_by } = (await relay.health()) as { held_up_by: { application: string }[] };
			return held_up_by.some(({ application }) => application === holder.application);
		});
		expect(await relay.health()).toMatchObject({ ready: true, held_up_by: [holder] });
		const { stdout } = await runCli(["doctor", "--json"], { DATABASE_URL: database.url });
		expect(stdout).toMatch(/application the stranger\) holds what relays wait for: wake lock/);
		await untilDrained(database);
	},
);

test("whoever holds the turn to claim is named", { timeout: TIMEOUT_MS }, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: NO_POLL });
	await using stranger = await openSession(database.url);
	await holdClaimTurn(stranger);
	await emitEvents(database.pool, 1);
	await until("it is named", async () => {
		const { held_up_by } = (await relay.health()) as { held_up_by: { holds: string }[] };
		return held_up_by.some(({ holds }) => holds === "reward_outbox.claim_turn");
	});
	await stranger.query("ROLLBACK");
	await untilDrained(database);
});
