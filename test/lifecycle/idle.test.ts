import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { openSession, readValue, until } from "./facts.ts";
import { startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
/** Several times everything that an idle relay does now and then. */
const SPAN_MS = 30_000;

// The statements are found in the log of a server that nobody else uses.
test.skipIf(!inject("testServer").embedded).each([
	["one idle relay", 1],
	["each of two idle relays", 2],
])(
	"%s sends less than a statement a second, with a transaction open elsewhere too",
	{
		timeout: TIMEOUT_MS,
	},
	async (_, count) => {
		await using server = await startPostgres({ settings: { log_statement: "all" } });
		await migrateToLatest(server.url);
		await using reward = await startScriptedReward();
		await using open = await openSession(server.url);
		await open.query("BEGIN");
		await open.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('paid', 'u')");
		await using relays = new AsyncDisposableStack();
		const env = { REWARD_OUTBOX_POLL_INTERVAL_MS: "5000" };
		for (let n = 0; n < count; n++) relays.use(await startListeningRelay({ databaseUrl: server.url, reward, env }));
		await using asking = await openSession(server.url);
		const draining = "SELECT count(*)::integer FROM reward_outbox.relays WHERE wake_mode = 'draining'";
		await until("one waits for the transaction", async () => (await readValue<number>(asking, draining)) === 1);
		// What is counted is what happens in a span of time: there is no fact to wait for.
		await sleep(8_000);
		const before = await statements();
		await sleep(SPAN_MS);
		const sent = (await statements()).slice(before.length);
		expect(sent.length / (SPAN_MS / 1_000) / count, sent.join("\n")).toBeLessThan(1);

		async function statements(): Promise<string[]> {
			return (await server.log()).match(/^.* LOG: {2}(?:statement|execute [^:]*): .*$/gm) ?? [];
		}
	},
);
