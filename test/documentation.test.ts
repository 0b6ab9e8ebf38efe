import { access, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const pages = await documents();

async function documents(): Promise<string[]> {
	const below = async (folder: string, recursive: boolean) => {
		const entries = await readdir(join(ROOT, folder), { recursive, withFileTypes: true });
		return entries
			.filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
			.map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
	};
	return [...(await below(".", false)), ...(await below("docs", true)), "deploy/README.md", "examples/README.md"];
}

/** Outside of code, where a bracket is a bracket. */
function prose(text: string): string {
	return text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
}

/** As they are made of headings by whoever shows the page. */
function anchors(text: string): string[] {
	const headings = text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
	return [...headings].map(([, heading]) =>
		(heading as string)
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, "")
			.trim()
			.replace(/\s/g, "-"),
	);
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}

describe.each(pages)("%s", (page) => {
	test("every link leads to a file of the project, and to a heading of it", async () => {
		const text = await readFile(join(ROOT, page), "utf8");
		const dead: string[] = [];
		for (const [, target] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
			if (target === undefined || /^[a-z]+:/.test(target)) continue;
			const [path = "", anchor] = target.split("#");
			const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
			if (!(await exists(file))) dead.push(target);
			else if (anchor !== undefined && !anchors(await readFile(file, "utf8")).includes(anchor)) dead.push(target);
		}
		expect(dead).toEqual([]);
	});

	test("every file it names as a test or a source is there", async () => {
		const text = await readFile(join(ROOT, page), "utf8");
		const named = [...text.matchAll(/`((?:test|src|migrations|models|bench|deploy|scripts)\/[\w./-]+)`/g)];
		const missing: string[] = [];
		for (const [, path] of named) if (!(await exists(join(ROOT, path as string)))) missing.push(path as string);
		expect(missing).toEqual([]);
	});
});
