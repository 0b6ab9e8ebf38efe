import { expect, test } from "vitest";
import { relayDatabase, startRelay, until } from "../relay/running.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { startReceiver } from "./receiver.ts";

/** Since when the last ping counts, so that the next one is due. */
const makeDue = "UPDATE reward_outbox.alert_turn SET taken_at = '-infinity' WHERE turn = 'heartbeat'";

test("a dead man's switch is pinged while relays live, once however many they are, and no longer", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using receiver = await startReceiver();
	const options = { heartbeatUrl: receiver.url, heartbeatIntervalMs: 1000 };
	const relays = await Promise.all([1, 2, 3].map(() => startRelay(database, reward, options)));
	await until("it is pinged", () => receiver.received.length > 0);
	expect(receiver.received[0]).toMatchObject({ method: "GET", path: "/hooks/very-secret?token=more-secret" });
	const startedAt = performance.now();
	await until("it is pinged again", () => receiver.received.length >= 3);
	// Three relays that each pinged once a second would have been done in a moment.
	expect(performance.now() - startedAt).toBeGreaterThan(900);
	await Promise.all(relays.map((relay) => relay.stop(2_000)));
	const pings = receiver.received.length;
	await database.query(makeDue);
	await using another = await startRelay(database, reward);
	await until("a relay without the setting is at work", async () => (await another.health()).ready);
	expect(receiver.received).toHaveLength(pings);
	expect(await another.metrics()).toContain('reward_outbox_heartbeat_pings_total{result="taken"} 0');
});

test("a switch that does not answer is told in the log once, never by its address, and once when it does again", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using receiver = await startReceiver();
	const lines: string[] = [];
	const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
	const logger = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
	receiver.answer = (response) => response.writeHead(500).end();
	const heartbeat = { heartbeatUrl: receiver.url, heartbeatIntervalMs: 1000, logger };
	await using relay = await startRelay(database, reward, heartbeat);
	await until("it failed twice", async () => {
		await database.query(makeDue);
		return receiver.received.length >= 2;
	});
	receiver.answer = (response) => response.writeHead(200).end("OK");
	const told = (words: string) => lines.filter((line) => line.startsWith(`the dead man's switch ${words}`));
	await until("it is back", async () => {
		await database.query(makeDue);
		return told("is pinged again").length > 0;
	});
	expect(told("could not be pinged")).toEqual([expect.stringContaining('"error_code":"http_500"')]);
	expect(lines.join("\n")).not.toContain("secret");
	expect(await relay.metrics()).toMatch(/heartbeat_pings_total\{result="failed"\} [1-9]/);
});

test("it is not pinged while the database does not answer, since nobody could tell an alert then", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using receiver = await startReceiver();
	await database.query("ALTER TABLE reward_outbox.alert_turn RENAME TO alert_turn_away");
	await using _relay = await startRelay(database, reward, { heartbeatUrl: receiver.url, heartbeatIntervalMs: 1000 });
	const tries = async () =>
		Number(
			(await database.query("SELECT sum(xact_rollback) AS n FROM pg_stat_database WHERE datname = current_database()"))
				.rows[0]?.["n"],
		);
	const before = await tries();
	await until("it was tried", async () => (await tries()) > before);
	expect(receiver.received).toEqual([]);
	await database.query("ALTER TABLE reward_outbox.alert_turn_away RENAME TO alert_turn");
	await until("it is pinged", () => receiver.received.length > 0);
});
