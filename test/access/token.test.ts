import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTokens } from "../../src/access/token.ts";
import { loadTokens } from "../../src/config/tokens-file.ts";
import { ConfigurationError, problemLine } from "../../src/errors.ts";

const A = "a-token-of-twenty-characters";
const B = "b-token-of-twenty-characters";

describe("a token file", () => {
	test("has a name, a role and a token per line; comments and empty lines do not count", () => {
		const text = `# people\n\nanna operator ${A}\r\n  bert\tviewer   ${B}  \n# end`;
		expect(parseTokens(text, null)).toEqual({
			tokens: [
				{ name: "anna", role: "operator", secret: A },
				{ name: "bert", role: "viewer", secret: B },
			],
			problems: [],
		});
	});

	test("is told everything that is wrong with it at once, by line", () => {
		const text = [
			`anna operator ${A}`,
			"bert viewer",
			`carl admin ${B}`,
			`anna viewer ${B}`,
			`dora viewer ${A}`,
			"emil viewer short",
			`<b> viewer ${B}x`,
		].join("\n");
		const { problems } = parseTokens(text, null);
		expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7]);
		expect(problems.map(({ message }) => message).join("\n")).toMatchInlineSnapshot(`
			"expected three words: name, role, token
			expected the role viewer or operator in the second place
			the name anna is used already (line 1)
			the same token as that of anna (line 1)
			expected a token of 20 to 1024 visible ASCII characters in the third place
			expected a name of letters, digits and . _ @ + - (64 at most)"
		`);
	});

	test("may not repeat the admin's name or token", () => {
		const admin = { name: "admin", role: "operator", secret: A } as const;
		const { problems } = parseTokens(`admin viewer ${B}\nanna operator ${A}`, admin);
		expect(problems.map(({ line }) => line)).toEqual([1, 2]);
	});

	test("no problem ever shows a token, whatever is on the line", () => {
		const secret = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_=+/.%"), minLength: 12, maxLength: 40 });
		const word = fc.oneof(secret, fc.constantFrom("viewer", "operator", "anna", "#", ""));
		fc.assert(
			fc.property(secret, fc.array(fc.array(word, { maxLength: 4 }), { maxLength: 4 }), (hidden, lines) => {
				const text = [...lines, ["x", hidden], [hidden, "viewer", "y"], ["z", "viewer", hidden, "!"]]
					.map((words) => words.join(" "))
					.join("\n");
				const { problems } = parseTokens(text, null);
				expect(problems.map(({ message }) => message).join("\n")).not.toContain(hidden);
			}),
		);
	});
});

describe("loading", () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "reward-outbox-tokens-"));
	});
	afterAll(() => rm(folder, { recursive: true }));

	const file = async (text: string) => {
		const path = join(folder, "tokens");
		await writeFile(path, text);
		return path;
	};
	const problemsOf = async (sources: Parameters<typeof loadTokens>[0]) => {
		const error = await loadTokens(sources).then(
			() => null,
			(reason: unknown) => reason,
		);
		expect(error).toBeInstanceOf(ConfigurationError);
		return (error as ConfigurationError).problems.map(problemLine);
	};

	test("puts the admin first", async () => {
		const tokensFile = await file(`anna viewer ${A}\n`);
		expect((await loadTokens({ adminToken: "let-me-in", tokensFile })).map(({ name }) => name)).toEqual([
			"admin",
			"anna",
		]);
		expect(await loadTokens({})).toEqual([]);
	});

	test("reports both files at once", async () => {
		const sources = { adminTokenFile: join(folder, "nothing"), tokensFile: await file("anna\nbert\n") };
		const problems = await problemsOf(sources);
		expect(problems).toHaveLength(3);
		expect(problems.join("\n")).toMatch(/ADMIN_TOKEN_FILE.*ENOENT[\s\S]*TOKENS_FILE: line 1[\s\S]*line 2/);
	});

	test("refuses a file without a token, one that is not there, and one that is none", async () => {
		expect(await problemsOf({ tokensFile: await file("# nobody\n") })).toEqual([
			expect.stringMatching(/there is no token in/),
		]);
		expect(await problemsOf({ tokensFile: join(folder, "none") })).toEqual([
			expect.stringMatching(/cannot read .*ENOENT/),
		]);
		expect(await problemsOf({ tokensFile: folder })).toEqual([expect.stringMatching(/cannot read .*EISDIR/)]);
		expect(await problemsOf({ tokensFile: await file("x\n".repeat(600_000)) })).toEqual([
			expect.stringMatching(/too large/),
		]);
		expect((await problemsOf({ tokensFile: await file("x\n".repeat(100)) })).at(-1)).toMatch(/and 80 further problems/);
	});
});
