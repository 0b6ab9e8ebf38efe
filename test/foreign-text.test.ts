import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactSecrets } from "../src/redact.ts";
import { makeFolder, problemWith } from "./fuzz/attempt.ts";
import { READERS } from "./fuzz/readers.ts";
import { repeated, repetition, textsFor } from "./fuzz/texts.ts";

const UNITS = ["://", ":", "://a ", "@", " ", "sk_test_", "Bearer ", "[", '{"a":', "\u001b"];

describe("no text that somebody else wrote holds up the process, or makes it fail", () => {
	test.each(READERS)("$name", { timeout: 120_000 }, async (reader) => {
		const place = await makeFolder();
		await using _ = place;
		const attempt = async (text: string) => {
			expect(await problemWith(reader, text, place.path), text.slice(0, 20)).toBeNull();
		};
		for (const unit of UNITS) {
			await attempt(repeated("", unit, ""));
			await attempt(repeated("://", unit, ""));
			await attempt(repeated("a", unit, "x"));
		}
		const texts = fc.oneof(
			repetition.map((parts) => repeated(...parts)),
			textsFor(reader.examples ?? []),
		);
		await fc.assert(fc.asyncProperty(texts, attempt), { numRuns: 100 });
	});
});

describe("the credentials of a URL", () => {
	test.each([
		["postgres://app:secret@db/shop", "postgres://[redacted]@db/shop"],
		["postgres://app:se:cr@et@db/shop", "postgres://[redacted]@db/shop"],
		["postgres://app:sec/ret@db/shop", "postgres://[redacted]@db/shop"],
		["two: a://u:p@h and b://v:q@i", "two: a://[redacted]@h and b://[redacted]@i"],
		["https://host:8080/a?b=c", "https://host:8080/a?b=c"],
		["https://host/x:y@z", "https://host/x:y@z"],
		["a://b/://u:p@h", "a://b/://[redacted]@h"],
		['"://u:p"@h', '"://u:p"@h'],
	])("%s becomes %s", (text, expected) => {
		expect(redactSecrets(text)).toBe(expected);
	});

	test("go as the simplest pattern that says it would have them go", () => {
		const pattern = /(:\/\/)[^\s"'`<>/]*:[^\s"'`<>]*@/g;
		const parts = fc.array(fc.constantFrom("://", ":", "/", "@", " ", "a", '"'), { maxLength: 30 });
		fc.assert(
			fc.property(parts, (some) => {
				const text = some.join("");
				expect(redactSecrets(text)).toBe(text.replace(pattern, "$1[redacted]@"));
			}),
			{ numRuns: 2_000 },
		);
	});
});
