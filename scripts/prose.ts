/**
 * Keeps prose at a width at which it can be read and compared: paragraphs of Markdown and comments of TypeScript.
 * Without an argument it names what is too long, with `--write` it wraps it. Tables, code, headings and addresses stay
 * as they are.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const WIDTH = 120;
/** As the formatter counts it. */
const TAB = 2;
const SKIPPED = /^(?:bench\/results\/|\.github\/|docs\/decisions\/README)/;

const isWriting = process.argv.includes("--write");
const files = execFileSync("git", ["ls-files", "*.md", "*.ts", "*.tsx"], { cwd: ROOT, encoding: "utf8" })
	.split("\n")
	.filter((file) => file !== "" && !SKIPPED.test(file));

let tooLong = 0;
for (const file of files) {
	const path = join(ROOT, file);
	const before = readFileSync(path, "utf8");
	const after = (file.endsWith(".md") ? wrapMarkdown : wrapComments)(before.split("\n")).join("\n");
	if (after === before) continue;
	tooLong++;
	if (isWriting) writeFileSync(path, after);
	else process.stderr.write(`${file}: prose longer than ${WIDTH} columns\n`);
}
if (tooLong > 0 && !isWriting) {
	process.stderr.write("wrap it: npm run fix\n");
	process.exitCode = 1;
}

function columns(line: string): number {
	return line.replaceAll("\t", " ".repeat(TAB)).length;
}

/**
 * Words of a text. What stands between backticks, or is the text of a link, is one word: it is searched for as it is.
 */
function words(text: string): string[] {
	return text.match(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|[^\s`[]|[`[])+/g) ?? [];
}

/** A line must not begin with what would make it something else. */
function startsSomething(word: string): boolean {
	return /^(?:[-+*>#|=]|\d+[.)]$|@\w)/.test(word);
}

function fill(text: string, first: string, rest: string): string[] {
	const lines: string[] = [];
	let line = first;
	let isEmpty = true;
	for (const word of words(text)) {
		const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
		if (!isEmpty && columns(longer) > WIDTH && !startsSomething(word)) {
			lines.push(line);
			line = `${rest}${word}`;
		} else line = longer;
		isEmpty = false;
	}
	return [...lines, line];
}

/** The paragraph is left alone unless it has a line that is too long and can be broken. */
function refill(paragraph: readonly string[], texts: readonly string[], first: string, rest: string): string[] {
	if (paragraph.every((line) => columns(line) <= WIDTH)) return [...paragraph];
	const filled = fill(texts.join(" "), first, rest);
	return filled.length <= paragraph.length && filled.every((line, n) => line === paragraph[n])
		? [...paragraph]
		: filled;
}

function wrapMarkdown(lines: readonly string[]): string[] {
	const wrapped: string[] = [];
	let isCode = false;
	for (let n = 0; n < lines.length; ) {
		const line = lines[n] as string;
		if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
		if (isCode || !isProse(line)) {
			wrapped.push(line);
			n++;
			continue;
		}
		const [first = ""] = /^\s*(?:[-*+]\s+|\d+[.)]\s+|>\s?)?/.exec(line) ?? [];
		const rest = first.trimStart().startsWith(">") ? first : " ".repeat(first.length);
		const paragraph = [line];
		while (++n < lines.length && continues(lines[n] as string, rest)) paragraph.push(lines[n] as string);
		const texts = paragraph.map((one, index) => one.slice(index === 0 ? first.length : rest.length).trim());
		wrapped.push(...refill(paragraph, texts, first, rest));
	}
	return wrapped;
}

function isProse(line: string): boolean {
	return line.trim() !== "" && !/^\s*(?:\||#|<|\[[^\]]+\]:|!\[|```|~~~|---)/.test(line) && !/(?: {2}|\\)$/.test(line);
}

/** The next line of the same paragraph, with the same indentation. */
function continues(line: string, rest: string): boolean {
	if (!isProse(line) || !line.startsWith(rest)) return false;
	const text = line.slice(rest.length);
	return !/^(?:\s|[-*+]\s|\d+[.)]\s|>)/.test(text);
}

function wrapComments(lines: readonly string[]): string[] {
	const wrapped: string[] = [];
	for (let n = 0; n < lines.length; ) {
		const line = lines[n] as string;
		const single = /^(\s*)\/\*\* (.*) \*\/$/.exec(line);
		const [, prefix, text] = /^(\s*(?:\/\/|\*) )(\S.*)$/.exec(line) ?? [];
		if (single !== null && columns(line) > WIDTH) {
			const [, indent = "", comment = ""] = single;
			wrapped.push(`${indent}/**`, ...fill(comment, `${indent} * `, `${indent} * `), `${indent} */`);
			n++;
		} else if (prefix === undefined || text === undefined || /^(?:biome-ignore|@ts-)/.test(text)) {
			wrapped.push(line);
			n++;
		} else {
			const item = /^(?:- |\d+\. |@\w+ (?:\w+ )?)/.exec(text) === null ? "" : "  ";
			const paragraph = [line];
			while (++n < lines.length && continuesComment(lines[n] as string, prefix)) paragraph.push(lines[n] as string);
			const texts = paragraph.map((one) => one.slice(prefix.length).trim());
			wrapped.push(...refill(paragraph, texts, prefix, `${prefix}${item}`));
		}
	}
	return wrapped;
}

function continuesComment(line: string, prefix: string): boolean {
	if (!line.startsWith(prefix)) return false;
	const text = line.slice(prefix.length);
	return text.trim() !== "" && !/^(?:[-*+|@`<]|\d+\. |biome-ignore|eslint|\s{3})/.test(text);
}
