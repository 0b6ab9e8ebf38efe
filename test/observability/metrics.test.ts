import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { MOST_TRIGGERS, registerTriggerCounters } from "../../src/metrics/trigger-counters.ts";
import { createWebhookMetrics } from "../../src/metrics/webhooks.ts";
import { relayDatabase, startRelay, until, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import { answer, startScriptedReward } from "../support/scripted-reward.ts";
import { documentedMetrics, exposedMetrics } from "./documented.ts";

const USAGE = () => ({
	cpuSeconds: 2,
	residentBytes: 3e8,
	heapBytes: 1e8,
	logLinesDropped: 0,
	startedAtSeconds: 1.8e9,
});

test("docs/metrics.md tells each metric that a relay shows, with its type and labels, and no other", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startRelay(database, reward, { processUsage: USAGE });
	await insert(database.pool, {}, 3);
	await untilAll(database, { delivered: 3 });
	const sorted = <T extends { name: string }>(metrics: T[]) => metrics.sort((a, b) => a.name.localeCompare(b.name));
	const text = `${await relay.metrics()}${await createWebhookMetrics().text()}`;
	expect(sorted(exposedMetrics(text))).toEqual(sorted(await documentedMetrics()));
});

test("names are ours, units are suffixes, counters end in _total", async () => {
	for (const { name, type } of await documentedMetrics()) {
		expect(name).toMatch(/^reward_outbox_[a-z_]+$/);
		expect(name).not.toMatch(/_(?:ms|millis|milliseconds|kb|mb)(?:_|$)/);
		expect(name.endsWith("_total"), name).toBe(type === "counter");
		if (type === "histogram") expect(name).toMatch(/_(?:seconds|size)$/);
	}
});

test("a relay counts what it did", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startRelay(database, reward, { maxAttempts: 1 });
	await insert(database.pool, {}, 2);
	await untilAll(database, { delivered: 2 });
	reward.respond(answer(503, "down"));
	await insert(database.pool, {}, 1);
	await untilAll(database, { delivered: 2, dead: 1 });
	const text = await relay.metrics();
	const value = (series: string) =>
		Number(
			text
				.split("\n")
				.find((line) => line.startsWith(`${series} `))
				?.split(" ")[1],
		);
	expect(value('reward_outbox_attempts_total{outcome="accepted"}')).toBe(2);
	expect(value('reward_outbox_responses_total{http_status="503"}')).toBe(1);
	expect(value('reward_outbox_decisions_total{next="dead"}')).toBe(1);
	expect(value('reward_outbox_events{status="dead"}')).toBe(1);
	expect(value("reward_outbox_settle_batch_size_sum")).toBe(3);
	expect(value("reward_outbox_delivery_latency_seconds_count")).toBe(2);
	expect(value("reward_outbox_relays_alive")).toBe(1);
	expect(value("reward_outbox_concurrency_limit")).toBe(8);
	expect(value("reward_outbox_event_loop_busy_seconds_total")).toBeGreaterThan(0);
	expect(text).not.toContain("reward_outbox_process_");
});

test("a relay whose event loop stood still says for how long", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startRelay(database, reward);
	const worst = async () =>
		Number(/^reward_outbox_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(await relay.metrics())?.[1]);
	await until("it is measured", async () => (await worst()) > 0);
	const end = performance.now() + 600;
	while (performance.now() < end);
	await until("it is noticed", async () => (await worst()) > 0.5);
});

test("no label holds a user or the id of an event", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startRelay(database, reward);
	const ids = await insert(database.pool, { user: "somebody", trigger: "some_trigger" }, 1);
	await untilAll(database, { delivered: 1 });
	const text = await relay.metrics();
	for (const secret of [...ids, "somebody"]) expect(text).not.toContain(secret);
});

test("a relay counts by trigger, and whoever invents triggers does not make it tell more than fifty of them", async () => {
	const registry = new Registry();
	const count = registerTriggerCounters([registry], MOST_TRIGGERS);
	for (let n = 0; n < 500; n++) count(`made_up_${n}`, "dead", null);
	count("made_up_0", "delivered", 1500);
	count("made_up_499", "delivered", 500);
	const told = async () => (await registry.metrics()).split("\n").filter((line) => line.startsWith("reward_outbox_"));
	const lines = await told();
	expect(lines.length).toBe((MOST_TRIGGERS + 1) * 5);
	expect(lines).toContain('reward_outbox_trigger_decisions_total{trigger="made_up_0",next="delivered"} 1');
	expect(lines).toContain('reward_outbox_trigger_decisions_total{trigger="(others)",next="dead"} 450');
	expect(lines).toContain('reward_outbox_trigger_delivery_seconds_total{trigger="made_up_0"} 1.5');
	expect(lines).toContain('reward_outbox_trigger_delivery_seconds_total{trigger="(others)"} 0.5');
	expect(await told()).toEqual(lines);
});
