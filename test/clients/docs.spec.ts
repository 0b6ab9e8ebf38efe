import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const CODE_BLOCK = /^```ts\n(.*?)^```$/gms;

/** Without indentation, which a snippet inside a test has more of. */
function flat(code: string): string {
	return code.replace(/^\s+/gm, "").trim();
}

const guides = await Promise.all(
	["clients.md", "frameworks.md"].map((page) => readFile(join(ROOT, "docs", page), "utf8")),
);
const snippets = guides.flatMap((guide) => Array.from(guide.matchAll(CODE_BLOCK), (match) => match[1] as string));
const tested: string[] = [];
for await (const file of glob(["test/clients/*.spec.ts", "test/testing/*.test.ts", "examples/*/*.ts"], { cwd: ROOT })) {
	tested.push(flat(await readFile(join(ROOT, file), "utf8")));
}

test("the guides show every library and framework", () => {
	expect(snippets.length).toBeGreaterThanOrEqual(18);
});

test.each(snippets)("of a tested file, line by line: %s", (snippet) => {
	expect(tested.some((file) => file.includes(flat(snippet)))).toBe(true);
});
