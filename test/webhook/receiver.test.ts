import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { SILENT } from "../../src/log.ts";
import { createWebhookMetrics } from "../../src/metrics/webhooks.ts";
import { openReceiptsDatabase, receiveWebhook } from "../../src/store/receipts/receive.ts";
import { type WebhookInbox, WebhookReceiver } from "../../src/webhook/receiver.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { webhook } from "./webhooks.ts";

const database = useTestDatabase();
const TOKEN = randomBytes(16).toString("hex");

type Record = WebhookInbox["record"];

async function startReceiver(record?: Record) {
	const db = openReceiptsDatabase(database.current.url);
	const metrics = createWebhookMetrics();
	const inbox: WebhookInbox = {
		record: record ?? ((body) => receiveWebhook(db, body)),
		observer: metrics.observer,
		logger: SILENT,
	};
	const receiver = new WebhookReceiver({
		host: "127.0.0.1",
		port: 0,
		doors: [{ token: TOKEN, leadsTo: inbox }],
		logger: SILENT,
	});
	const origin = await receiver.listen();
	onTestFinished(async () => {
		await receiver.close();
		await db.end();
	});
	return { receiver, inbox, metrics, origin, url: `${origin}/webhooks/reward/${TOKEN}` };
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>) {
	const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
	return { status: response.status, body: await response.json() };
}

const count = async (table: string) =>
	(await database.current.query<{ n: number }>(`SELECT count(*)::integer AS n FROM reward_outbox.${table}`)).rows[0]?.n;

afterEach(async () => {
	await database.current.query("TRUNCATE reward_outbox.receipts, reward_outbox.receipt_quarantine");
});

test("what is acknowledged is on disk, once, however often it is sent", async () => {
	const { url } = await startReceiver();
	const text = webhook({
		id: "we_1",
		trigger: "paid",
		user: "ada/ü%",
		value: "19.990",
		time: "2026-05-01T12:00:00.5Z",
	});
	expect(await post(url, text)).toEqual({ status: 200, body: { received: "recorded" } });
	expect(await post(url, text)).toEqual({ status: 200, body: { received: "known" } });
	const { rows } = await database.current.query(
		"SELECT webhook_id, kind, trigger_id, user_id, value::text, occurred_at FROM reward_outbox.receipts",
	);
	const occurred_at = new Date("2026-05-01T12:00:00.5Z");
	expect(rows).toEqual([
		{ webhook_id: "we_1", kind: "event", trigger_id: "paid", user_id: "ada/ü%", value: "19.990", occurred_at },
	]);
	expect(await count("receipt_quarantine")).toBe(0);
});

test("each is counted by what became of it, and how long a new one took by what Reward says of its time", async () => {
	const { url, metrics } = await startReceiver();
	const time = new Date(Date.now() - 20_000).toISOString();
	const text = webhook({ id: "we_timed", time });
	for (const body of [text, text, "?", "x".repeat(65 * 1024), webhook({ id: "we_untimed", time: "yesterday" })]) {
		await post(url, body);
	}
	const told = await metrics.text();
	for (const [result, count] of Object.entries({ recorded: 2, known: 1, quarantined: 1, refused: 1 })) {
		expect(told).toContain(`reward_outbox_webhooks_total{result="${result}"} ${count}\n`);
	}
	expect(told).toContain('reward_outbox_webhook_delay_seconds_bucket{le="10"} 0\n');
	expect(told).toContain("reward_outbox_webhook_delay_seconds_count 1\n");
});

test("twenty of the same at once are one receipt", async () => {
	const { url } = await startReceiver();
	const text = webhook({ id: "we_same" });
	const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, text)));
	expect(answers.every(({ status }) => status === 200)).toBe(true);
	expect(await count("receipts")).toBe(1);
});

describe("what has another shape is acknowledged, kept for a person, and counts for nothing", () => {
	test.each([
		["no JSON", "hello", /no JSON/],
		["nothing", "", /no JSON/],
		["bytes that are no text", Uint8Array.from([0xff, 0xfe, 0x00]), /no JSON/],
		["a NUL in a text", '{"id":"we_1","type":"a\\u0000b"}', /no JSON/],
		["JSON nested without end", "[".repeat(60_000), /no JSON/],
		["an array", "[1]", /no JSON object/],
		["no id", '{"type":"trigger_event.created"}', /its id/],
		["an id that is none", webhook({ id: "" }), /its id/],
		["a type that nobody knows", webhook({ type: "user.deleted" }), /its type is not known/],
		["no trigger", '{"id":"we_1","type":"trigger_event.created","data":{"user":{"id":"u"}}}', /data\.trigger\.id/],
		["no data", '{"id":"we_1","type":"trigger_event.created"}', /data\.trigger\.id/],
		["data of another kind", '{"id":"we_1","type":"trigger_event.created","data":[]}', /data\.trigger\.id/],
		[
			"a user that is a number",
			'{"id":"we_1","type":"trigger_event.created","data":{"user":{"id":7},"trigger":{"id":"t"}}}',
			/data\.user\.id/,
		],
		["an endless user", webhook({ user: "u".repeat(513) }), /data\.user\.id/],
		["a value that is text", webhook({ value: '"19.99"' }), /data\.value/],
		["a value without end", webhook({ value: "9".repeat(1001) }), /digits/],
		["a value beyond all numbers", webhook({ value: "1e400000" }), /no JSON/],
	])("%s", async (_name, body, reason) => {
		const { url } = await startReceiver();
		expect(await post(url, body)).toEqual({ status: 200, body: { received: "quarantined" } });
		expect(await post(url, body)).toEqual({ status: 200, body: { received: "quarantined" } });
		const { rows } = await database.current.query<{ body: Uint8Array }>(
			"SELECT reason, times, body FROM reward_outbox.receipt_quarantine",
		);
		expect(rows).toHaveLength(1);
		expect(rows[0]).toMatchObject({ reason: expect.stringMatching(reason), times: 2 });
		expect(Buffer.from(rows[0]?.body ?? []).equals(Buffer.from(body as string).subarray(0, 16_384))).toBe(true);
		expect(await count("receipts")).toBe(0);
	});

	test("an id that came before, with other content", async () => {
		const { url } = await startReceiver();
		await post(url, webhook({ id: "we_1", value: 5 }));
		expect((await post(url, webhook({ id: "we_1", value: 6 }))).body).toEqual({ received: "quarantined" });
		expect((await post(url, webhook({ id: "we_1", value: "5.0" }))).body).toEqual({ received: "known" });
		expect(await count("receipts")).toBe(1);
	});
});

test.each([
	["1e400", "Infinity"],
	["19.90", "19.9"],
	["-0.0", "0"],
	["1e-400", "0"],
	["9007199254740993", "9007199254740992"],
])("a value of %s is kept as it is and compared as %s", async (value, comparable) => {
	const { url } = await startReceiver();
	expect((await post(url, webhook({ value }))).body).toEqual({ received: "recorded" });
	const { rows } = await database.current.query(
		`SELECT reward_outbox.comparable(value) = $1::float8 AS alike, value = $2::numeric AS exact FROM reward_outbox.receipts`,
		[comparable, value],
	);
	expect(rows).toEqual([{ alike: true, exact: true }]);
});

test("credits and times in other forms are receipts too", async () => {
	const { url } = await startReceiver();
	await post(url, webhook({ type: "balance.credit_points_issued" }));
	await post(url, webhook({ time: "yesterday" }));
	await post(url, webhook({ time: "2026-02-31T00:00:00Z" }));
	const { rows } = await database.current.query(
		"SELECT kind, trigger_id, occurred_at IS NULL AS timeless FROM reward_outbox.receipts ORDER BY receipt_no",
	);
	expect(rows).toEqual([
		{ kind: "credit", trigger_id: null, timeless: false },
		{ kind: "event", trigger_id: "paid", timeless: true },
		{ kind: "event", trigger_id: "paid", timeless: true },
	]);
});

test("every other path is the same nothing, whatever is posted there", async () => {
	const { origin, url } = await startReceiver();
	const wrong = [
		`${origin}/`,
		`${origin}/webhooks/reward/`,
		`${origin}/webhooks/reward/${TOKEN.slice(0, -1)}`,
		`${origin}/webhooks/reward/${TOKEN}0`,
		`${origin}/webhooks/reward/${TOKEN.toUpperCase()}x`,
		`${origin}/webhooks/reward/${"0".repeat(5000)}`,
		`${origin}/webhooks/reward?token=${TOKEN}`,
		`${origin}/metrics`,
		`${origin}/livez`,
	];
	for (const path of wrong) {
		expect(await post(path, webhook()), path).toEqual({ status: 404, body: { error: "not found" } });
	}
	expect((await fetch(url)).status).toBe(405);
	expect(await count("receipts")).toBe(0);
});

test("what could not be put on disk is not acknowledged, and taken when it is sent again", async () => {
	const { url } = await startReceiver();
	const text = webhook();
	await database.current.query("ALTER TABLE reward_outbox.receipts RENAME TO elsewhere");
	const refused = await fetch(url, { method: "POST", body: text });
	await database.current.query("ALTER TABLE reward_outbox.elsewhere RENAME TO receipts");
	expect(refused.status).toBe(503);
	expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
	expect((await post(url, text)).body).toEqual({ received: "recorded" });
});

test("a body that is too large is refused before it has arrived", async () => {
	const { url } = await startReceiver();
	const { port, pathname } = new URL(url);
	const socket = connect(Number(port), "127.0.0.1");
	socket.on("error", () => {});
	let answer = "";
	socket.setEncoding("utf8").on("data", (text: string) => {
		answer += text;
	});
	socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
	socket.write(`20000\r\n${"x".repeat(0x20000)}\r\n`);
	await once(socket, "close");
	expect(answer).toMatch(/^HTTP\/1\.1 413 /);
	expect(await count("receipt_quarantine")).toBe(0);
});

test("more than it can hold at once are told to come again, and what is held is finished", async () => {
	let release = () => {};
	const gate = new Promise<void>((resolve) => {
		release = resolve;
	});
	const { url, receiver } = await startReceiver(async () => {
		await gate;
		return { received: "recorded", delay_ms: null };
	});
	const answers = Array.from({ length: 80 }, () => post(url, webhook()));
	const sixteen = new Promise<void>((resolve) => {
		let left = 16;
		for (const pending of answers) {
			void pending.then(({ status }) => {
				if (status === 503 && --left === 0) resolve();
			});
		}
	});
	await sixteen;
	const closed = receiver.close();
	release();
	await closed;
	const statuses = (await Promise.all(answers)).map(({ status }) => status);
	expect(statuses.filter((status) => status === 200)).toHaveLength(64);
});

test("a new token counts at once, and the old one no more", async () => {
	const { url, origin, inbox, receiver } = await startReceiver();
	const other = randomBytes(16).toString("hex");
	expect(receiver.replaceDoors([{ token: TOKEN, leadsTo: inbox }])).toBe(false);
	expect(receiver.replaceDoors([{ token: other, leadsTo: inbox }])).toBe(true);
	expect((await post(url, webhook())).status).toBe(404);
	expect((await post(`${origin}/webhooks/reward/${other}`, webhook())).status).toBe(200);
});
