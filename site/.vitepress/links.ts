import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import type MarkdownIt from "markdown-it";
import { PAGES, placeOf } from "./pages.ts";

type Token = ReturnType<MarkdownIt["parse"]>[number];

const ROOT = join(import.meta.dirname, "../..");
const PLACES = new Set(PAGES.map(placeOf));

/**
 * The pages link to each other as files of the project, which is how everybody reads them who has no site. What they
 * link to besides, a source or an example, has no address here: its name stays, without a link.
 */
export function projectLinks(md: MarkdownIt): void {
	// What looks like a template of the site's is one of ours, shown as it is.
	md.renderer.rules.text = (tokens, index) =>
		md.utils.escapeHtml(tokens[index]?.content ?? "").replaceAll("{{", "&#123;&#123;");
	md.core.ruler.push("project-links", ({ tokens, env }) => {
		const page = String((env as { relativePath?: string }).relativePath ?? "");
		for (const { children } of tokens) if (children !== null) followLinks(children, page);
	});
}

function followLinks(children: readonly Token[], page: string): void {
	let isDropped = false;
	for (const token of children) {
		if (token.type === "link_open") isDropped = !follow(token, page);
		if (!isDropped || (token.type !== "link_open" && token.type !== "link_close")) continue;
		token.tag = "span";
		token.attrs = null;
	}
}

/** False: it leads to a file of the project that is no page. What leads nowhere is left for the builder to refuse. */
function follow(link: Token, page: string): boolean {
	const target = link.attrGet("href") ?? "";
	if (/^(?:[a-z]+:|#|\/)/i.test(target)) return true;
	const [path = "", anchor] = target.split("#");
	const file = posix.join(posix.dirname(page), path);
	const place = placeOf(file);
	if (!PLACES.has(place)) return !existsSync(join(ROOT, file));
	link.attrSet("href", `/${place}${anchor === undefined ? "" : `#${anchor}`}`);
	return true;
}
