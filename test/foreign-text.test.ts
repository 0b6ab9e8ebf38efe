import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine } from "../src/api/csv.ts";
import { describeFailure } from "../src/cli/failure.ts";
import { cutToWidth } from "../src/cli/line-width.ts";
import { printTable } from "../src/cli/table.ts";
import { escapeForTerminal, piecesOf, terminalSafeJson } from "../src/escape.ts";
import { hostName } from "../src/http/guard.ts";
import { createLogger } from "../src/log.ts";
import { redactSecrets } from "../src/redact.ts";
import { classify, unanswered } from "../src/reward/classify.ts";
import { Credentials } from "../src/reward/credentials.ts";
import { parseRetryAfter } from "../src/reward/retry-after.ts";

const LENGTH = 65_536;
/** What 64 KiB may cost. A linear function takes a millisecond or a few; a quadratic one has four billion steps to make. */
const MOST_CPU_MS = 150;

const credentials = new Credentials("sk_test_ofthesetests", "sk_test_ofthesetests");
const context = { redact: (text: string) => credentials.redact(text), now: () => 0 };
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const jsonLog = createLogger({ level: "trace", stream: nowhere, pretty: false });
const prettyLog = createLogger({ level: "trace", stream: nowhere, pretty: true });
const terminal = {
	stdout: nowhere,
	stdoutIsTerminal: true,
	colour: true,
	terminalSize: () => ({ columns: 80, rows: 24 }),
};
const noContext = { env: {}, takeStopSignal: () => new AbortController().signal };

function classified(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
	return classify({ status, headers, body: Buffer.from(text), failure: null }, context);
}

/** Whatever reads a text that somebody else wrote. */
const READERS: readonly (readonly [name: string, read: (text: string) => unknown])[] = [
	["redactSecrets", redactSecrets],
	["Credentials.redact", (text) => credentials.redact(text)],
	["escapeForTerminal", (text) => escapeForTerminal(text, LENGTH)],
	["piecesOf", (text) => piecesOf(text)],
	["terminalSafeJson", (text) => terminalSafeJson({ text })],
	["classify, as the body of a 200", (text) => classified(200, text)],
	["classify, as the body of a 404", (text) => classified(404, text)],
	["classify, as the body of a 500", (text) => classified(500, text)],
	["classify, as a code", (text) => classified(404, JSON.stringify({ error: { code: text } }))],
	["classify, as a message", (text) => classified(400, JSON.stringify({ error: { message: text } }))],
	["classify, as an error", (text) => classified(200, JSON.stringify({ error: text }))],
	["classify, as a status", (text) => classified(200, JSON.stringify({ status: text, [text]: text }))],
	[
		"classify, as the name of every field",
		(text) => classified(200, `{${`${JSON.stringify(text.slice(0, 9))}:0,`.repeat(5000)}"a":0}`),
	],
	["classify, as a header", (text) => classified(200, "{}", { "content-encoding": text, "transfer-encoding": text })],
	["classify, as a wait", (text) => classified(429, "", { "retry-after": text, date: text })],
	["unanswered", (text) => unanswered({ code: text, message: text }, context)],
	["parseRetryAfter", (text) => parseRetryAfter(text, text, () => 0)],
	["the log", (text) => jsonLog.info({ text, err: new Error(text) }, text)],
	["the log for people", (text) => prettyLog.info({ text, err: new Error(text) }, text)],
	["printTable", (text) => printTable(terminal, [{ header: "a", cap: LENGTH }], [[text]])],
	["cutToWidth", (text) => cutToWidth(text, LENGTH)],
	["describeFailure", (text) => describeFailure(new Error(text), noContext)],
	["csvLine", (text) => csvLine([text])],
	["hostName", hostName],
];

function repeated(before: string, unit: string, after: string): string {
	return before + unit.repeat(Math.ceil((LENGTH - before.length - after.length) / unit.length)) + after;
}

/** Reads once to warm up, then takes the better of two: the second reading tells the work, not the compiler's. */
function cpuMs(read: (text: string) => unknown, text: string): number {
	let best = Number.POSITIVE_INFINITY;
	for (let n = 0; n < 3; n++) {
		const before = process.threadCpuUsage();
		read(text);
		const { user, system } = process.threadCpuUsage(before);
		best = Math.min(best, (user + system) / 1000);
		if (best < MOST_CPU_MS) break;
	}
	return best;
}

const token = fc.constantFrom(
	...[
		"://",
		":",
		"@",
		"/",
		" ",
		"\n",
		"\t",
		"\0",
		"\u001b[",
		"\u202e",
		"é",
		"\ud83d",
		"😀",
		"a",
		"A",
		"0",
		"-",
		"_",
		".",
	],
	...[
		"sk_",
		"sk_test_",
		"Bearer ",
		"bearer",
		"password=",
		"password",
		'"',
		"'",
		"\\",
		"{",
		"}",
		"[",
		"]",
		",",
		"=",
		"<",
	],
	...["user", "trigger", "Id", "error", "success", "GMT", "Mon, ", "::ffff:", "%", "#", "?", "&"],
);
const few = (most: number) => fc.array(token, { maxLength: most }).map((parts) => parts.join(""));
/** Before, again and again, after: kept apart, so that a counterexample can be read. */
const hostile = fc.tuple(few(3), few(4), few(3)).filter(([, unit]) => unit !== "");

describe("no text that somebody else wrote holds up the process", () => {
	test.each(READERS)("%s", { timeout: 120_000 }, (_name, read) => {
		for (const text of ["://", ":", "://a ", "@", " ", "sk_test_", "Bearer ", "[", '{"a":', "\u001b"].flatMap(
			(unit) => [repeated("", unit, ""), repeated("://", unit, ""), repeated("a", unit, "x")],
		))
			expect(cpuMs(read, text), text.slice(0, 20)).toBeLessThan(MOST_CPU_MS);
		fc.assert(
			fc.property(hostile, ([before, unit, after]) => {
				expect(cpuMs(read, repeated(before, unit, after))).toBeLessThan(MOST_CPU_MS);
			}),
			{ numRuns: 60 },
		);
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
