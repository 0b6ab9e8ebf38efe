import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventPath } from "../../src/reward/path.ts";

const hostileId = fc
	.oneof(
		fc.string({ unit: "binary", minLength: 1, maxLength: 120 }),
		fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
		fc.constantFrom("../../x", "a/b", "\\", "?x=1", "#f", "100%", "%2e%2e", "a+b&c", " x ", "...", ".a", "ملف", "👩‍👧"),
	)
	.filter((id) => id !== "." && id !== ".." && !/\p{Cc}/u.test(id) && Buffer.byteLength(id) <= 512);

describe("the path of an event", () => {
	test("is the documented one for a plain id", () => {
		expect(eventPath("successful_payment", "user123")).toBe("/v1/triggers/successful_payment/users/user123/events");
	});

	test("carries any allowed id as exactly one segment that decodes to the same bytes", () => {
		fc.assert(
			fc.property(hostileId, hostileId, (triggerId, userId) => {
				const path = eventPath(triggerId, userId) ?? "";
				const segments = path.split("/");
				expect(segments).toHaveLength(7);
				expect(decodeURIComponent(segments[3] ?? "")).toBe(triggerId);
				expect(decodeURIComponent(segments[5] ?? "")).toBe(userId);
				// What a URL parser on the way makes of it is the same path: nothing in it is resolved or normalised.
				expect(new URL(path, "https://example.com").pathname).toBe(path);
				expect(path).toMatch(/^[\x21-\x7e]+$/);
			}),
		);
	});

	test.each(["", ".", "..", "a\u0000", "a\nb", "\u007f", "\u0085", "x".repeat(513), "é".repeat(257), "\ud800"])(
		"does not exist for the id %j",
		(id) => {
			expect(eventPath(id, "user")).toBeNull();
			expect(eventPath("trigger", id)).toBeNull();
		},
	);

	test("takes 512 bytes", () => {
		expect(eventPath("é".repeat(256), "x".repeat(512))).not.toBeNull();
	});
});
