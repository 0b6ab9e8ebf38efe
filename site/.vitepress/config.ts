import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { projectLinks } from "./links.ts";
import { GROUPS, PAGES, placeOf } from "./pages.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Folders that have pages; nothing else of a checkout is looked at. */
const FOLDERS = ["docs", "deploy", "examples"];

const others = FOLDERS.flatMap((folder) =>
	readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".md"))
		.map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
		.filter((page) => !PAGES.includes(page)),
);
const missing = others.filter((page) => page.startsWith("docs/"));
if (missing.length > 0) throw new Error(`site/.vitepress/pages.ts does not name ${missing.join(", ")}`);

/** What the page calls itself. */
function titleOf(page: string): string {
	const heading = /^# (.+)$/m.exec(readFileSync(join(ROOT, page), "utf8"))?.[1] ?? page;
	return heading.replaceAll("`", "");
}

function addressOf(page: string): string {
	return `/${placeOf(page).replace(/(?:index)?\.md$/, "")}`;
}

export default defineConfig({
	title: "reward-outbox",
	description: "A transactional outbox for Reward: an event is sent if and only if its transaction commits.",
	srcDir: ROOT,
	srcExclude: [
		...readdirSync(ROOT, { withFileTypes: true })
			.filter((entry) => entry.isDirectory() && !FOLDERS.includes(entry.name))
			.map(({ name }) => `${name}/**`),
		...others,
	],
	outDir: join(ROOT, "site/dist"),
	cacheDir: join(ROOT, "site/node_modules/.vitepress"),
	rewrites: Object.fromEntries(PAGES.filter((page) => placeOf(page) !== page).map((page) => [page, placeOf(page)])),
	cleanUrls: false,
	lastUpdated: false,
	ignoreDeadLinks: false,
	markdown: {
		// The pages have no HTML, and what looks like it is meant as it stands.
		html: false,
		config: projectLinks,
	},
	themeConfig: {
		search: { provider: "local" },
		outline: [2, 3],
		sidebar: GROUPS.map(({ text, pages }) => ({
			text,
			items: pages.map((page) => ({ text: page === "README.md" ? "Overview" : titleOf(page), link: addressOf(page) })),
		})),
	},
});
