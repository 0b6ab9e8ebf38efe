import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AttemptLine, createLogger, type Logger, logEvents } from "../src/log.ts";

function logged(write: (log: Logger) => void, options: Partial<Parameters<typeof createLogger>[0]> = {}): string {
	let text = "";
	const stream = new Writable({
		write(chunk, _encoding, done) {
			text += chunk;
			done();
		},
	});
	write(createLogger({ level: "info", stream, pretty: false, ...options }));
	return text;
}

const ATTEMPT: AttemptLine = {
	event_id: "0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f",
	trigger_id: "successful_payment",
	relay: "host-1",
	attempt: 2,
	mode: "at_least_once",
	outcome: "ambiguous",
	http_status: 503,
	error_code: "http_503",
	error_message: "HTTP 503 was the answer",
	age_ms: 3,
	duration_ms: 12,
	next: "pending",
	next_attempt_in_ms: 4000,
};

describe("the log", () => {
	test("is one JSON document per line, with level as a word and time in ISO 8601", () => {
		const line = JSON.parse(logged((log) => log.info({ a: 1 }, "hello")));
		expect(line).toEqual({ level: "info", time: expect.stringMatching(/^20.*Z$/), a: 1, msg: "hello" });
	});

	test("has one wide line per attempt, at a level that says how bad it is", () => {
		const level = (next: AttemptLine["next"]) =>
			JSON.parse(logged((log) => logEvents.attempt(log, { ...ATTEMPT, next }))).level;
		expect(JSON.parse(logged((log) => logEvents.attempt(log, ATTEMPT)))).toMatchObject(ATTEMPT);
		expect([level("delivered"), level("pending"), level("uncertain"), level("dead")]).toEqual([
			"info",
			"warn",
			"warn",
			"error",
		]);
	});

	test("never holds a secret, whatever was logged by mistake", () => {
		const text = logged((log) => {
			log.info({ rewardApiKey: "hidden1", nested: { password: "hidden2", authorization: "hidden3" } }, "fields");
			log.error({ err: new Error("connect postgres://app:hidden4@db failed, key sk_live_hidden5") }, "error");
			log.warn({}, "Authorization: Bearer hidden6");
		});
		expect(text).not.toContain("hidden");
	});

	test("stays JSON, whatever is taken out of it", () => {
		const parts = ["password=", "Bearer ", "sk_test_", "://", ":", "@", '"', "\\", "\n", "a"];
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 20 }), (some) => {
				const text = some.join("");
				const line = logged((log) => log.info({ reason: text }, text));
				expect(Object.keys(JSON.parse(line))).toEqual(["level", "time", "reason", "msg"]);
			}),
		);
	});

	test("is silent when told so", () => {
		expect(logged((log) => log.fatal({}, "x"), { level: "silent" })).toBe("");
	});

	test("for people is one line with what a terminal would obey made visible", () => {
		const text = logged((log) => log.info({ reason: "\u001b[2J" }, "hi \u202e"), { pretty: true });
		expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: hi \\u\{202e\} \{"reason":"\\x1b\[2J"\}\n$/);
	});

	test("for people has colours only when told so", () => {
		expect(logged((log) => log.info({}, "x"), { pretty: true, colour: true })).toContain("\u001b[");
	});
});
