import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createLogger, logEvents } from "../../src/log.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { readText, tableRows } from "./documented.ts";

const [, attemptPart = "", otherPart = ""] = (await readText("docs/logs.md")).split(/^## /m);
const ENVELOPE = ["level", "time", "msg"];

type Fields = { [Name in keyof typeof logEvents]: Parameters<(typeof logEvents)[Name]>[1] };

/** Something to log for each wording there is: one that is added has to be added here. */
const SAMPLES: { [Name in Exclude<keyof Fields, "attempt">]: Fields[Name] } = {
	relayStarted: { relay: "r", version: "0", concurrency: 1 },
	relayStopping: { in_flight: 0, grace_ms: 1 },
	relayStopped: { given_back: 0, abandoned: 0 },
	fleetStarted: { relay: "r", databases: 2, concurrency: 1 },
	fleetStopped: { databases: 2 },
	databasesReloaded: { databases: 2, added: 1, removed: 0, changed: 0, unchanged: 1 },
	databasesUnreadable: { problems: ["shop.url: missing"] },
	databaseRefused: { error_code: "28P01", reason: "r", retry_in_ms: 1 },
	databaseLeft: { served_by: "r" },
	databaseTaken: { served_before_by: "r" },
	httpListening: { url: "http://127.0.0.1:1" },
	httpFailed: { method: "GET", route: "/", err: new Error("e") },
	listenerChanged: { mode: "deaf", reason: null },
	databaseLost: { error_code: null, retry_in_ms: 1 },
	sessionsEnded: { count: 1 },
	databaseBack: { down_ms: 1 },
	paused: { scope: "relay", trigger_id: null, code: "not_adopted", reason: "r" },
	resumed: { scope: "relay", trigger_id: null },
	failoverFollowed: { timeline: "00000002" },
	resultsTold: { recorded: 1, missing: 1 },
	stateNotKept: { reason: "r" },
	leasesReaped: { count: 1 },
	keyReloaded: { changed: true },
	keyUnreadable: { reason: "r" },
	alertTold: { status: "firing", code: "dead_events", subject: null },
	alertNotTaken: { status: "over", code: "dead_events", subject: null, error_code: "http_500" },
	alertsUnread: { error_code: null },
	heartbeatFailed: { error_code: "timeout" },
	heartbeatBack: undefined,
	tokensReloaded: { tokens: 2 },
	tokensUnreadable: { reason: "r" },
	secretReadableByAll: { variable: "REWARD_API_KEY_FILE" },
	loginFailed: { address: "10.0.0.1", by: "login" },
	oidcFailed: { address: "10.0.0.1", code: "no_role", reason: "r" },
	signedIn: { name: "anna", role: "viewer", by: "login" },
	signInUnrecorded: { error_code: "57P01" },
	consoleRights: { user: "u", may: "read", hint: "h" },
	bulkStarted: { run: "1", action: "retry", actor: "anna" },
	bulkEnded: { run: "1", state: "done", done: 1, skipped: 0 },
	bulkInterrupted: { run: "1", error_code: null },
	backfillStarted: { backfill: "1", watch: "order_paid", actor: "anna" },
	backfillEnded: { backfill: "1", watch: "order_paid", state: "done" },
	backfillInterrupted: { backfill: "1", error_code: null },
	webhooksListening: { url: "http://127.0.0.1:1" },
	webhookQuarantined: undefined,
	webhookTurnedAway: { status: 503, error_code: "57P01" },
	webhookTokenReloaded: { changed: true },
	webhookTokenUnreadable: { reason: "r" },
	reconciled: { event_id: "e", trigger_id: "t", verdict: "confirmed", receipts: 1, accepted: 0, ambiguous: 1 },
	reconcilingStopped: { trigger_id: "t", reason: "burst" },
	receiptsUnread: { error_code: null },
	anchored: { installation: "i", heads: [{ chain: "relay-1", entry_no: 1, hash: "h" }] },
	anchorNotTaken: { place: "file", error_code: "ENOSPC" },
	anchorUnread: { error_code: null },
	retained: { deleted: 1, stripped: 1 },
	retainingFailed: { error_code: null },
	linesDropped: { count: 3 },
	sandboxStopped: undefined,
};

function collector() {
	const lines: Record<string, unknown>[] = [];
	const stream = new Writable({
		write(chunk, _encoding, done) {
			lines.push(JSON.parse(String(chunk)));
			done();
		},
	});
	return { lines, log: createLogger({ level: "trace", stream, pretty: false }) };
}

const fieldsOf = (line: Record<string, unknown>) => Object.keys(line).filter((key) => !ENVELOPE.includes(key));
const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string);

test("docs/logs.md tells each field of a real attempt's line, in its order, and no other", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	const { lines, log } = collector();
	reward.enqueue(answer(503, "down"), success(), answer(400, "{}"));
	await using _relay = await startRelay(database, reward, { logger: log, name: "relay-7", concurrency: 1 });
	await insert(database.pool, {}, 2);
	await untilAll(database, { delivered: 1, dead: 1 });
	const attempts = lines.filter((line) => "outcome" in line);
	expect(attempts.map(({ next }) => next).sort()).toEqual(["dead", "delivered", "pending"]);
	const told = tableRows(attemptPart).map(([name = "", type = ""]) => ({ name: name.replaceAll("`", ""), type }));
	for (const line of attempts) {
		expect(fieldsOf(line)).toEqual(told.map(({ name }) => name));
		for (const { name, type } of told) {
			const value = line[name];
			if (value === null) expect(type, name).toContain("null");
			else if (type.startsWith("integer")) expect(Number.isInteger(value), name).toBe(true);
			else expect(typeof value, name).toBe("string");
		}
		expect(words(attemptPart.slice(0, attemptPart.indexOf("|")))).toContain(line["msg"]);
	}
	expect(JSON.stringify(lines)).not.toContain("user1");
});

describe("docs/logs.md tells the wording, level and fields of", () => {
	const rows = tableRows(otherPart).filter(([msg]) => msg !== "`msg`");

	test.each(Object.keys(SAMPLES) as (keyof typeof SAMPLES)[])("%s", (name) => {
		const { lines, log } = collector();
		(logEvents[name] as (logger: typeof log, fields: unknown) => void)(log, SAMPLES[name]);
		const [line = {}] = lines;
		const found = rows.find(([msg = ""]) => {
			const [wording = ""] = words(msg);
			return wording.endsWith("…") ? String(line["msg"]).startsWith(wording.slice(0, -1)) : line["msg"] === wording;
		});
		expect(found, String(line["msg"])).toBeDefined();
		expect(found?.[1]).toContain(line["level"]);
		expect(words(found?.[2] ?? "")).toEqual(fieldsOf(line));
	});

	test("nothing that is not logged", () => {
		expect(rows).toHaveLength(Object.keys(SAMPLES).length);
	});
});
