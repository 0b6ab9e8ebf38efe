import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classify, type ReceivedResponse, type ResponseHeaders } from "../../src/reward/classify.ts";

const KEY = "sk_test_verysecretkey";
const context = { redact: (text: string) => text.replaceAll(KEY, "[redacted]"), now: () => 0 };
const CUT = { code: "UND_ERR_SOCKET", message: "other side closed" };

interface Given {
	readonly body?: string | Buffer;
	readonly headers?: ResponseHeaders;
	readonly failure?: ReceivedResponse["failure"];
}

function outcomeOf(status: number, { body = "", headers = {}, failure = null }: Given = {}) {
	const bytes = typeof body === "string" ? Buffer.from(body) : body;
	const framing = { "content-length": String(bytes.length) };
	return classify({ status, headers: { ...framing, ...headers }, body: bytes, failure }, context);
}

function verdict(status: number, given?: Given): string {
	const outcome = outcomeOf(status, given);
	return outcome.class === "refused" ? `refused/${outcome.fault}` : outcome.class;
}

const json = (value: unknown): Given => ({ body: JSON.stringify(value) });
const error = (code: string, message = "no") => json({ error: { code, message } });
const untilClose: ResponseHeaders = { "content-length": undefined };

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
		["gzip", 200, { body: gzipSync('{"success":true}'), headers: { "content-encoding": "gzip" } }],
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
		[401, "refused/configuration"],
		[403, "refused/configuration"],
		[404, "refused/unknown_target"],
		[409, "refused/event"],
		[410, "refused/event"],
		[413, "refused/event"],
		[415, "refused/event"],
		[422, "refused/event"],
		[429, "refused/pacing"],
	])("%i is %s, whatever form the body has", (status, expected) => {
		expect(verdict(status)).toBe(expected);
		expect(verdict(status, error("missing_field"))).toBe(expected);
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

describe("what is kept as evidence", () => {
	test("the receiver's code and message where it used the documented form", () => {
		expect(outcomeOf(422, error("missing_field", "value is required"))).toMatchObject({
			errorCode: "missing_field",
			errorMessage: "value is required",
			responseBody: '{"error":{"code":"missing_field","message":"value is required"}}',
		});
		expect(outcomeOf(400, json({ error: "bad\nrequest" }))).toMatchObject({
			errorCode: "http_400",
			errorMessage: "bad request",
		});
	});

	test("our own words otherwise", () => {
		expect(outcomeOf(302)).toMatchObject({ errorCode: "redirect", responseBody: null });
		expect(outcomeOf(502, { body: "<html>" })).toMatchObject({ errorCode: "http_502", responseBody: "<html>" });
		expect(outcomeOf(200, { body: "hi" })).toMatchObject({ errorCode: "unexpected_body" });
		expect(outcomeOf(200, { body: "{", failure: CUT })).toMatchObject({
			errorCode: "UND_ERR_SOCKET",
			errorMessage: "HTTP 200 was cut off: other side closed",
			responseBody: "{",
		});
	});

	test("no body for the documented success or for nothing", () => {
		expect(outcomeOf(200, { body: '{"success": true}' }).responseBody).toBeNull();
		expect(outcomeOf(201, { body: '{"success":true}' }).responseBody).toBeNull();
		expect(outcomeOf(400).responseBody).toBeNull();
		expect(outcomeOf(200, json({ id: 1 })).responseBody).toBe('{"id":1}');
	});

	test("a message on one line, without anything that a terminal would obey, capped", () => {
		const message = `a\r\nb\u001b[31mred\u202etxt\u0000${"é".repeat(1000)}\ud83d`;
		const { errorMessage } = outcomeOf(400, error("x", message));
		expect(errorMessage).toMatch(/^a b\\x1b\[31mred\\u\{202e\}txt\\x00é+…$/);
		expect(errorMessage?.length).toBeLessThanOrEqual(500);
		expect(errorMessage?.isWellFormed()).toBe(true);
	});

	test("a code on one line, capped", () => {
		const { errorCode } = outcomeOf(400, error(`a\u001b${"x".repeat(5000)}`));
		expect(errorCode?.length).toBeLessThanOrEqual(100);
		expect(errorCode).not.toContain("\u001b");
	});

	test("a body PostgreSQL can hold: valid UTF-8 of at most 4 KiB, without U+0000", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 6000 }), fc.nat(3), (bytes, shift) => {
				const body = Buffer.concat([Buffer.alloc(shift, "x"), bytes, Buffer.from("€\u0000".repeat(1500))]);
				const kept = outcomeOf(500, { body }).responseBody ?? "";
				expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4096);
				expect(Buffer.byteLength(kept)).toBeGreaterThan(4092);
				expect(kept.isWellFormed()).toBe(true);
				expect(kept).not.toContain("\0");
			}),
			{ numRuns: 50 },
		);
		expect(outcomeOf(500, { body: `${"x".repeat(4095)}€` }).responseBody).toBe("x".repeat(4095));
	});

	test("never the API key, wherever the receiver echoes it", () => {
		const echoed = outcomeOf(401, json({ error: { code: KEY, message: `${"x".repeat(490)}${KEY}` }, also: KEY }));
		expect(JSON.stringify(echoed)).not.toContain("verysecret");
		const html = outcomeOf(500, { body: `${"x".repeat(4090)}${KEY}` });
		expect(JSON.stringify(html)).not.toContain("sk_t");
	});
});
