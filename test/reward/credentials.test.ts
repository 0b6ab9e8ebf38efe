import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { keyProblem, loadCredentials } from "../../src/reward/credentials.ts";

const KEY = "sk_test_51abcDEF/ghi+jkl=";

describe("the API key", () => {
	test.each([
		["", "empty"],
		[" sk_test_1", "spaces"],
		["sk_test_1\nX-Admin: 1", "line breaks"],
		["sk_test_1\r", "line breaks"],
		["sk_test_é", "visible ASCII"],
		["sk_test_\u0000", "visible ASCII"],
		["k".repeat(2000), "at most"],
	])("%j is refused, in words that do not repeat it", async (key, expected) => {
		expect(keyProblem(key)).toContain(expected);
		const failure = await loadCredentials(key).catch((error: Error) => error.message);
		expect(failure).toContain(expected);
		if (key !== "") expect(failure).not.toContain(key);
	});

	test("is shown by nothing that prints an object", async () => {
		const credentials = await loadCredentials(KEY);
		const shown = [JSON.stringify({ credentials }), inspect({ credentials }, { showHidden: true }), `${credentials}`];
		for (const text of shown) expect(text).not.toContain("51abc");
		expect(credentials.authorization).toBe(`Bearer ${KEY}`);
	});

	test("tells a test key from a live one", async () => {
		const kinds = await Promise.all(["sk_test_1", "sk_live_1", "whatever"].map(loadCredentials));
		expect(kinds.map(({ kind }) => kind)).toEqual(["test", "live", "unknown"]);
	});

	test.each([
		["as it is", KEY],
		["as JSON that escapes slashes", KEY.replaceAll("/", "\\/")],
		["as a URL has it", encodeURIComponent(KEY)],
		["cut in half", KEY.slice(0, 15)],
	])("is redacted %s", async (_, spelling) => {
		const credentials = await loadCredentials(KEY);
		expect(credentials.redact(`bad key "${spelling}" given`)).not.toContain("51abc");
	});

	test("is read again from its source, and the old one stays redacted", async () => {
		let key = "old-key-1234";
		const credentials = await loadCredentials(() => key);
		expect(await credentials.reload()).toBe(false);
		key = "new-key-5678";
		expect(await Promise.all([credentials.reload(), credentials.reload()])).toEqual([true, true]);
		expect(credentials.authorization).toBe("Bearer new-key-5678");
		expect(credentials.redact("old-key-1234 new-key-5678")).toBe("[redacted] [redacted]");
	});

	test("stays in use when its source fails or offers an impossible one", async () => {
		let read = () => "first-key";
		const credentials = await loadCredentials(() => read());
		read = () => {
			throw new Error("no such file");
		};
		await expect(credentials.reload()).rejects.toThrow("no such file");
		read = () => "two\nlines";
		await expect(credentials.reload()).rejects.toThrow("line breaks");
		expect(credentials.authorization).toBe("Bearer first-key");
	});
});
