import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CUT, error, type Given, json, outcomeOf, untilClose, verdict } from "./classified.ts";

describe("a complete 2xx is accepted unless its body says otherwise", () => {
	test.each<[string, number, Given]>([
		["the documented success", 200, { body: '{"success":true}' }],
		["the documented success, as the manual prints it", 200, { body: '{"success": true}' }],
		["the documented success, pretty-printed", 200, { body: '{\n  "success": true\n}\n' }],
		["more than the documented success", 200, json({ success: true, id: 7 })],
		["an object that says nothing about success", 200, json({ id: "evt_1", status: "queued" })],
		["an empty object", 200, json({})],
		["errors, but none in them", 200, json({ success: true, errors: [], error: null })],
		["an error deep inside something else", 200, json({ success: true, webhook: { error: "x" } })],
		["nothing", 200, {}],
		["201", 201, json({ success: true })],
		["202", 202, {}],
		["204", 204, { headers: { "content-length": undefined } }],
		["299", 299, json({ ok: true })],
		["identity said explicitly", 200, { body: '{"success":true}', headers: { "content-encoding": "identity" } }],
		["gzip", 200, { body: gzipSync('{"success":true}'), headers: { "content-encoding": "gzip" } }],
		["x-gzip, in capitals", 200, { body: gzipSync('{"success":true}'), headers: { "content-encoding": "X-GZIP" } }],
		["deflate", 200, { body: deflateSync('{"success":true}'), headers: { "content-encoding": "deflate" } }],
		["deflate without its header", 200, { body: deflateRawSync("{}"), headers: { "content-encoding": "deflate" } }],
		["brotli", 200, { body: brotliCompressSync('{"ok":true}'), headers: { "content-encoding": "br" } }],
		["when it was created", 200, json({ success: true, created: "2026-01-01T00:00:00Z", processed: 1 })],
		["counters of failures at nothing", 200, json({ accepted: 1, failed: 0, rejected: [], errors: null })],
		["a good status in a wrapper", 200, json({ data: { status: "queued", code: 200 } })],
		["the same name in two objects", 200, json({ success: true, a: { id: 1 }, b: { id: 2 } })],
		["207 with nothing but successes", 207, json({ responses: [{ status: 200 }, { status: 201 }] })],
		["JSON that ends with the connection", 200, { body: '{"success":true}', headers: untilClose }],
		["chunked and empty", 200, { headers: { ...untilClose, "transfer-encoding": "chunked" } }],
	])("%s", (_, status, given) => {
		expect(verdict(status, given)).toBe("accepted");
	});

	test.each<[string, number, Given]>([
		["success is false", 200, json({ success: false })],
		["success is a string", 200, json({ success: "true" })],
		["success is null", 200, json({ success: null })],
		["Success is false", 200, json({ Success: false })],
		["ok is false", 200, json({ ok: false })],
		["status is error", 200, json({ status: "error" })],
		["status is FAILED", 200, json({ success: true, status: "FAILED" })],
		["status is 500", 200, json({ status: 500 })],
		["statusCode is 422", 200, json({ statusCode: 422, message: "x" })],
		["an error", 200, error("missing_field")],
		["an error beside success", 200, json({ success: true, error: "quota" })],
		["errors", 200, json({ errors: [{ message: "x" }] })],
		["HTML", 200, { body: "<html>Welcome to the captive portal</html>" }],
		["plain text", 200, { body: "OK" }],
		["JSON true", 200, { body: "true" }],
		["a JSON array", 200, { body: "[]" }],
		["JSON null", 200, { body: "null" }],
		["a JSON string", 200, { body: '"success"' }],
		["half of the success", 200, { body: '{"success":tr' }],
		["two successes", 200, { body: '{"success":true}{"success":true}' }],
		["nested without end", 200, { body: "[".repeat(60_000) }],
		["Success is false, and success is true", 200, { body: '{"Success":false,"success":true}' }],
		["SUCCESS is false", 200, json({ SUCCESS: false })],
		["success is Success", 200, json({ success: "Success" })],
		["success twice", 200, { body: '{"success":false,"success":true}' }],
		["success twice, once in escapes", 200, { body: '{"success":true,"\\u0073uccess":true}' }],
		["anything twice, deep inside", 200, { body: '{"success":true,"a":[{"b":1 , "b" :2}]}' }],
		["accepted is false", 200, json({ accepted: false })],
		["accepted is no", 200, json({ accepted: "no" })],
		["nothing was accepted", 200, json({ accepted: 0 })],
		["processed is false beside success", 200, json({ success: true, processed: false })],
		["state is failed", 200, json({ state: "failed" })],
		["state is not found", 200, json({ state: "not_found" })],
		["outcome is a refusal", 200, json({ outcome: "Rejected: duplicate" })],
		["http_status is 403", 200, json({ http_status: 403 })],
		["one of one failed", 200, json({ success: true, failed: 1 })],
		["the failure is wrapped", 200, json({ data: { success: false } })],
		["the failure is wrapped twice", 200, json({ response: { body: { error: "x" } } })],
		["a list has a failure in it", 200, json({ results: [{ status: 200 }, { status: 403 }] })],
		["207 with a 403 inside", 207, json({ success: true, anything: [{ id: 1, part: { status: 403 } }] })],
		["gzip of a failure", 200, { body: gzipSync('{"success":false}'), headers: { "content-encoding": "gzip" } }],
		["gzip that is cut off", 200, { body: gzipSync("{}").subarray(0, -4), headers: { "content-encoding": "gzip" } }],
		[
			"gzip and something after it",
			200,
			{ body: Buffer.concat([gzipSync("{}"), Buffer.from("{}")]), headers: { "content-encoding": "gzip" } },
		],
		[
			"a gzip bomb",
			200,
			{ body: gzipSync(`{"success":true}${" ".repeat(9e6)}`), headers: { "content-encoding": "gzip" } },
		],
		["gzip in gzip", 200, { body: gzipSync(gzipSync("{}")), headers: { "content-encoding": "gzip, gzip" } }],
		["an unknown coding", 200, { body: "{}", headers: { "content-encoding": "zstd" } }],
		["an unknown coding of nothing", 200, { headers: { "content-encoding": "exi" } }],
		...["identity", "gzip", "xchunked", "gzip, chunked", "chunked, identity", ""].flatMap(
			(coding): [string, number, Given][] => [
				[`nothing, in the transfer coding ${coding}`, 200, { headers: { ...untilClose, "transfer-encoding": coding } }],
				[
					`the documented success, in the transfer coding ${coding}`,
					200,
					{ body: '{"success":true}', headers: { ...untilClose, "transfer-encoding": coding } },
				],
			],
		),
		["claimed gzip", 200, { body: '{"success":true}', headers: { "content-encoding": "gzip" } }],
		["empty gzip", 200, { headers: { "content-encoding": "gzip" } }],
		["cut off", 200, { body: '{"success":true}', failure: CUT }],
		["cut off before any body", 200, { failure: CUT }],
		["nothing, and then the connection ended", 200, { headers: untilClose }],
	])("ambiguous: %s", (_, status, given) => {
		expect(verdict(status, given)).toBe("ambiguous");
	});
});

describe("statuses that by contract mean not applied", () => {
	test.each<[number, string]>([
		[400, "refused/event"],
		[401, "refused/unexplained"],
		[403, "refused/unexplained"],
		[404, "refused/unknown_target"],
		[409, "refused/event"],
		[410, "refused/event"],
		[413, "refused/event"],
		[415, "refused/event"],
		[422, "refused/event"],
		[429, "refused/pacing"],
	])("%i is %s, whatever form the body has", (status, expected) => {
		expect(verdict(status)).toBe(expected);
		expect(verdict(status, error("missing_field"))).toBe(status === 401 ? "refused/configuration" : expected);
		expect(verdict(status, { body: "<html>no</html>" })).toBe(expected);
		expect(verdict(status, { body: "<html>no</html>", headers: untilClose })).toBe(expected);
		expect(verdict(status, json({ success: false }))).toBe(expected);
		expect(verdict(status, { body: gzipSync("{}"), headers: { "content-encoding": "gzip" } })).toBe(expected);
	});

	test.each([400, 401, 403, 404, 409, 410, 413, 415, 422, 429])(
		"%i that is cut off or contradicts itself is ambiguous",
		(status) => {
			expect(verdict(status, { body: "{", failure: CUT })).toBe("ambiguous");
			expect(verdict(status, json({ success: true }))).toBe("ambiguous");
			expect(verdict(status, json({ status: "ok" }))).toBe("ambiguous");
			const coded = { body: gzipSync('{"success":true}'), headers: { "content-encoding": "gzip" } };
			expect(verdict(status, coded)).toBe("ambiguous");
		},
	);

	test.each([
		["user_not_found", "event"],
		["unknown_user", "event"],
		["invalid_user", "event"],
		["userNotFound", "event"],
		["USER-ID.INVALID", "event"],
		["trigger_not_found", "trigger"],
		["UnknownTrigger", "trigger"],
		["unknown_trigger_id", "trigger"],
		["not_found", "unknown_target"],
		["user_trigger_not_found", "unknown_target"],
		["superuser_required", "unknown_target"],
		["", "unknown_target"],
	])("a 404 with the code %j is the fault of: %s", (code, fault) => {
		expect(verdict(404, error(code))).toBe(`refused/${fault}`);
	});
});

test.each([
	[401, "whatever", "configuration"],
	[401, "user_unknown", "configuration"],
	[403, "invalid_api_key", "configuration"],
	[403, "ApiKeyRevoked", "configuration"],
	[403, "unauthorized", "configuration"],
	[403, "token_expired", "configuration"],
	[403, "user_banned", "event"],
	[403, "trigger_disabled", "trigger"],
	[403, "forbidden", "unexplained"],
	[403, "monkey_business", "unexplained"],
])("a %i with the code %j is the fault of: %s", (status, code, fault) => {
	expect(verdict(status, error(code))).toBe(`refused/${fault}`);
});

test("every other status is ambiguous", () => {
	const others = [
		100, 101, 199, 300, 301, 302, 303, 304, 307, 308, 402, 405, 406, 407, 408, 411, 412, 414, 416, 418, 421,
	];
	for (const status of [...others, 423, 425, 426, 428, 431, 451, 499, 500, 501, 502, 503, 504, 520, 599, 600, 999]) {
		expect(verdict(status), String(status)).toBe("ambiguous");
		expect(verdict(status, json({ success: true })), String(status)).toBe("ambiguous");
	}
});

test("nothing but a complete 2xx is ever accepted", () => {
	const bodies = fc.oneof(
		fc.constantFrom("", '{"success":true}', '{"success": true}', "{}"),
		fc.json(),
		fc.uint8Array().map((bytes) => Buffer.from(bytes)),
	);
	const failures = fc.constantFrom(null, CUT);
	fc.assert(
		fc.property(fc.integer({ min: 100, max: 999 }), bodies, failures, (status, body, failure) => {
			const outcome = outcomeOf(status, { body, failure });
			if (status < 200 || status > 299 || failure !== null) expect(outcome.class).not.toBe("accepted");
			expect(outcome.responseBody ?? "").not.toContain("\0");
			expect(outcome.httpStatus).toBe(status);
			if (outcome.class !== "accepted") expect(outcome.errorCode).toBeTruthy();
		}),
	);
});

describe("Retry-After", () => {
	const headers = { "retry-after": "7" };
	test("is read on 429 and on 503", () => {
		expect(outcomeOf(429, { headers })).toMatchObject({ retryAfterMs: 7000 });
		expect(outcomeOf(503, { headers })).toMatchObject({ class: "ambiguous", retryAfterMs: 7000 });
		expect(outcomeOf(503, { headers, failure: CUT })).toMatchObject({ class: "ambiguous", retryAfterMs: 7000 });
		expect(outcomeOf(429, { headers: { "retry-after": ["8", "9"] } })).toMatchObject({ retryAfterMs: 8000 });
	});
	test("is ignored on anything else, and when it is garbage", () => {
		for (const status of [400, 401, 403, 404, 500, 502, 301]) {
			expect(outcomeOf(status, { headers })).toMatchObject({ retryAfterMs: null });
		}
		expect(outcomeOf(429, { headers: { "retry-after": "-3" } })).toMatchObject({ retryAfterMs: null });
	});
});
