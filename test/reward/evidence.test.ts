import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CUT, error, json, KEY, outcomeOf } from "./classified.ts";

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

	test("also where they came in a coding", () => {
		const body = gzipSync('{"error":{"code":"missing_field","message":"value is required"}}');
		expect(outcomeOf(422, { body, headers: { "content-encoding": "gzip" } })).toMatchObject({
			errorCode: "missing_field",
			responseBody: '{"error":{"code":"missing_field","message":"value is required"}}',
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
