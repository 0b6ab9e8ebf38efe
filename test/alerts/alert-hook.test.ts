import { expect, test } from "vitest";
import { ALERT_SETTINGS, AlertHook, type AlertSettings } from "../../src/alerts/alert-hook.ts";
import { alertTarget } from "../../src/alerts/target.ts";
import { createAlertWebhook } from "../../src/alerts/webhook.ts";
import type { Logger } from "../../src/logger.ts";
import { alertTold, observeAttention, takeAlertTurn } from "../../src/store/alerts.ts";
import { readCondition } from "../../src/store/inspect/condition.ts";
import { heartbeat } from "../../src/store/relays.ts";
import { systemClock } from "../../src/timing/system-clock.ts";
import { readText, tableRows } from "../observability/documented.ts";
import { relayDatabase, startRelay, until, untilAll } from "../relay/running.ts";
import { insert, someRelay } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

/** In a hurry: what takes a minute takes a moment. */
const HURRY: AlertSettings = { ...ALERT_SETTINGS, everyMs: 10, lastingMs: 30, goneMs: 30, retryMs: 5 };

interface Hook extends AsyncDisposable {
	readonly lines: string[];
	/** Whether the receiver took it, one per message. */
	readonly posted: boolean[];
	readonly hook: AlertHook;
}

function startHook(
	database: TestDatabase,
	receiver: Receiver,
	settings: Partial<AlertSettings> = {},
	timeoutMs = 2_000,
): Hook {
	const lines: string[] = [];
	const posted: boolean[] = [];
	const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
	const log: Logger = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
	const target = alertTarget({ alertWebhookUrl: receiver.url });
	if (target === null) throw new Error("it has an address");
	const hook = new AlertHook(
		{ ...HURRY, ...settings },
		{
			readCondition: () => readCondition(database.pool),
			takeTurn: (everyMs) => takeAlertTurn(database.pool, "look", everyMs),
			observe: (seen, policy) => observeAttention(database.pool, seen, policy),
			told: (alert) => alertTold(database.pool, alert),
			post: createAlertWebhook(target, "reward-outbox/test", { proxy: null, timeoutMs }),
			onPosted: (taken) => void posted.push(taken),
			random: Math.random,
			clock: systemClock,
			log,
			relay: "relay-7",
			consoleUrl: new URL("https://outbox.example.com/shop/"),
		},
	);
	hook.start();
	return { lines, posted, hook, [Symbol.asyncDispose]: () => hook.stop() };
}

/** With a relay that is alive, so that nothing needs a person. */
async function healthyDatabase(): Promise<TestDatabase> {
	const database = await createTestDatabase();
	await heartbeat(database.pool, {
		relayNo: await someRelay(database, "relay-7"),
		listener: "listening",
		pause: null,
		holding: null,
		stopped: false,
	});
	return database;
}

const pause = (database: TestDatabase, trigger = "pay") =>
	database.query("SELECT reward_outbox.pause_trigger($1, 'user 4711 complained', 'bob')", [trigger]);
const resume = (database: TestDatabase) => database.query("SELECT reward_outbox.resume_trigger('pay', NULL, 'bob')");
const statuses = (receiver: Receiver) => receiver.received.map(({ body }) => body["status"]);

test("the receiver is told what needs a person, and when it is over", async () => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	await using hook = startHook(database, receiver);
	await pause(database);
	await until("it is told", () => receiver.received.length === 1);
	const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	expect(receiver.received[0]).toMatchObject({
		path: "/hooks/very-secret?token=more-secret",
		headers: { "content-type": "application/json", "user-agent": "reward-outbox/test" },
	});
	expect(receiver.received[0]?.body).toEqual({
		status: "firing",
		code: "trigger_paused",
		subject: "pay",
		severity: "warning",
		title: expect.stringContaining("The trigger pay is paused since"),
		remedy: expect.stringContaining("reward-outbox triggers resume pay"),
		since: iso,
		database: database.name,
		relay: "relay-7",
		at: iso,
		dedup_key: expect.stringMatching(/^reward-outbox-[0-9a-f-]{36}$/),
		link: "https://outbox.example.com/shop/console/triggers",
	});
	await resume(database);
	await until("its end is told", () => receiver.received.length === 2);
	await until(
		"that is on record",
		async () => (await database.query("SELECT FROM reward_outbox.alerts")).rowCount === 0,
	);
	expect(statuses(receiver)).toEqual(["firing", "over"]);
	expect(hook.posted).toEqual([true, true]);
	expect(receiver.received[1]?.body["dedup_key"]).toBe(receiver.received[0]?.body["dedup_key"]);
	const [, told = ""] = (await readText("docs/alerts.md")).split("```\n");
	const documented = tableRows(told.split("## Try it")[0] ?? "").flatMap(([names = ""]) =>
		names.replaceAll("`", "").split(", "),
	);
	expect(documented.sort()).toEqual(Object.keys(receiver.received[0]?.body ?? {}).sort());
	// Neither a person's words nor the address leave this process.
	expect(JSON.stringify(receiver.received.map(({ body }) => body))).not.toContain("4711");
	expect(hook.lines.join("\n")).not.toMatch(/secret/);
});

test("several relays tell it once", async () => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	// A message that is under way is not handed out again before its time.
	const patient = { retryMs: 60_000 };
	await using _first = startHook(database, receiver, patient);
	await using _second = startHook(database, receiver, patient);
	await using _third = startHook(database, receiver, patient);
	await pause(database);
	await until("it is told", () => receiver.received.length > 0);
	await resume(database);
	await until("its end is told", () => statuses(receiver).includes("over"));
	expect(statuses(receiver)).toEqual(["firing", "over"]);
});

test("what comes and goes is not told", async () => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	await using _hook = startHook(database, receiver, { lastingMs: 3_600_000 });
	const seen = async () => (await database.query("SELECT FROM reward_outbox.alerts")).rowCount;
	for (let n = 0; n < 5; n++) {
		await pause(database);
		await until("it is seen", async () => (await seen()) === 1);
		await resume(database);
		await until("it is gone", async () => (await seen()) === 0);
	}
	expect(receiver.received).toEqual([]);
});

test.each<[string, Receiver["answer"], string]>([
	["an error", (response) => response.writeHead(500).end("no"), "http_500"],
	[
		"a redirect, which is not followed",
		(response) => response.writeHead(307, { location: "/elsewhere" }).end(),
		"http_307",
	],
	["silence", () => {}, "timeout"],
	["a reset", (response) => response.socket?.destroy(), "UND_ERR_SOCKET"],
])("a receiver that answers with %s is tried again", async (_, answer, code) => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	receiver.answer = answer;
	await using hook = startHook(database, receiver, {}, 100);
	await pause(database);
	await until("it was tried twice", () => hook.posted.length >= 2);
	receiver.answer = (response) => response.writeHead(200).end("x".repeat(100_000));
	await until("it is taken", () => hook.posted.at(-1) === true);
	expect(hook.lines.join("\n")).toContain(`"error_code":"${code}"`);
	expect(hook.lines.join("\n")).not.toMatch(/secret/);
	expect(receiver.received.every(({ path }) => path.startsWith("/hooks/"))).toBe(true);
});

test("a stop does not wait for a receiver that is silent, and what it was told goes out again", async () => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	receiver.answer = () => {};
	const { hook, posted } = startHook(database, receiver, {}, 60_000);
	await pause(database);
	await until("it is being told", () => receiver.received.length === 1);
	await hook.stop();
	await hook.stop();
	expect(posted).toEqual([false]);
	receiver.answer = (response) => response.writeHead(200).end();
	await using other = startHook(database, receiver);
	await until("another tells it", () => other.posted[0] === true);
});

test("goes on when the database was away, with one line in the log", async () => {
	await using database = await healthyDatabase();
	await using receiver = await startReceiver();
	await using hook = startHook(database, receiver);
	await database.query("ALTER TABLE reward_outbox.alert_turn RENAME TO alert_turn_away");
	await until("that is noticed", () => hook.lines.length > 0);
	await database.query("ALTER TABLE reward_outbox.alert_turn_away RENAME TO alert_turn");
	await pause(database);
	await until("it is told", () => receiver.received.length === 1);
	expect(hook.lines.filter((line) => line.startsWith("what needs a person could not be read"))).toHaveLength(1);
});

test("a relay with a webhook tells what has lasted, and delivers beside a receiver that hangs", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using receiver = await startReceiver();
	receiver.answer = () => {};
	await pause(database, "other");
	// As if it had been seen for an hour.
	await database.query(`
		INSERT INTO reward_outbox.alerts (code, subject, severity, title, remedy, since, seen_from, seen_at)
		SELECT 'trigger_paused', 'other', 'warning', 't', 'r', t, t, t FROM (SELECT clock_timestamp() - interval '1 hour') v(t)`);
	const relay = await startRelay(database, reward, { alertWebhookUrl: receiver.url });
	await until("it is told", () => receiver.received.some(({ body }) => body["subject"] === "other"));
	await insert(database.pool, {}, 5);
	await untilAll(database, { delivered: 5 });
	// It would wait for the receiver as long as that.
	await relay.stop(60_000);
	expect(receiver.received).toHaveLength(1);
});
