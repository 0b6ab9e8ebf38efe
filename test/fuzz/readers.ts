import { Writable } from "node:stream";
import { openSession } from "../../src/access/session.ts";
import { TokenBook } from "../../src/access/token-book.ts";
import { describeFailure } from "../../src/cli/failure.ts";
import { cutToWidth } from "../../src/cli/line-width.ts";
import { printTable } from "../../src/cli/table.ts";
import { textWidth } from "../../src/cli/text-width.ts";
import { emitArguments } from "../../src/client/emit-arguments.ts";
import { csvLine } from "../../src/csv.ts";
import { escapeForTerminal, hasUnsafe, piecesOf, safeYaml, terminalSafeJson } from "../../src/escape.ts";
import { exactJson } from "../../src/exact-json.ts";
import { clientAddress, trustedProxies } from "../../src/http/client-address.ts";
import { hostName } from "../../src/http/guard.ts";
import { originForm } from "../../src/http/node-server.ts";
import { createLogger } from "../../src/log.ts";
import { redactSecrets } from "../../src/redact.ts";
import { classify, unanswered } from "../../src/reward/classify.ts";
import { Credentials } from "../../src/reward/credentials.ts";
import { eventPath } from "../../src/reward/path.ts";
import { parseRetryAfter } from "../../src/reward/retry-after.ts";
import { readBody, readTarget } from "../../src/sandbox/event-request.ts";
import { eventIdOfCursor } from "../../src/store/inspect/cursor.ts";
import { guesses } from "../../src/store/inspect/typed-query.ts";
import { writerContext } from "../../src/tracing/writer-context.ts";
import { shellWord } from "../../src/words/remedy.ts";
import type { Reader } from "./reader.ts";
import { LENGTH } from "./reader.ts";
import { TYPED } from "./typed-readers.ts";

const KEY = "sk_test_ofthesetests";
const credentials = new Credentials(KEY, KEY);
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
const token = { name: "olga", role: "operator", secret: "a-token-of-these-tests" } as const;
const isTrusted = trustedProxies(["10.0.0.0/8", "fd00::/8"]);

/** What Reward answers, or whoever answers in its place. */
const ANSWERS: readonly Reader[] = [
	{ name: "classify, as the body of a 200", read: (text) => classified(200, text), examples: ['{"success":true}'] },
	{
		name: "classify, as the body of a 207",
		read: (text) => classified(207, text),
		examples: ['{"responses":[{"status":403}]}'],
	},
	{
		name: "classify, as the body of a 404",
		read: (text) => classified(404, text),
		examples: ['{"error":{"code":"trigger_not_found","message":"no such trigger"}}'],
	},
	{ name: "classify, as the body of a 500", read: (text) => classified(500, text), examples: ["<html>down</html>"] },
	{ name: "classify, as a code", read: (text) => classified(404, JSON.stringify({ error: { code: text } })) },
	{ name: "classify, as a message", read: (text) => classified(400, JSON.stringify({ error: { message: text } })) },
	{ name: "classify, as an error", read: (text) => classified(200, JSON.stringify({ error: text })) },
	{ name: "classify, as a status", read: (text) => classified(200, JSON.stringify({ status: text, [text]: text })) },
	{
		name: "classify, as the name of every field",
		read: (text) => classified(200, `{${`${JSON.stringify(text.slice(0, 9))}:0,`.repeat(5000)}"a":0}`),
	},
	{
		name: "classify, as a header",
		read: (text) => classified(200, "{}", { "content-encoding": text, "transfer-encoding": text }),
		examples: ["gzip, br", "chunked", "identity"],
	},
	{ name: "classify, as a wait", read: (text) => classified(429, "", { "retry-after": text, date: text }) },
	{ name: "unanswered", read: (text) => unanswered({ code: text, message: text }, context) },
	{
		name: "parseRetryAfter",
		read: (text) => parseRetryAfter(text, text, () => 0),
		examples: ["120", "Wed, 25 Nov 2026 08:00:00 GMT"],
	},
];

/** What is shown to people, or to machines that obey it. */
const SHOWN: readonly Reader[] = [
	{
		name: "redactSecrets",
		read: redactSecrets,
		examples: ["postgres://u:p@h/d", "Bearer sk_live_abcdefghijkl", "password=x"],
	},
	{ name: "Credentials.redact", read: (text) => credentials.redact(text), examples: [`a ${KEY} b`] },
	{ name: "escapeForTerminal", read: (text) => mustBeSafe(escapeForTerminal(text, LENGTH)) },
	{
		name: "piecesOf",
		read: (text) =>
			mustBeSafe(
				piecesOf(text)
					.map((piece) => piece.text)
					.join(""),
			),
	},
	{ name: "safeYaml", read: (text) => mustBeSafe(safeYaml(text)) },
	{ name: "terminalSafeJson", read: (text) => mustBeSafe(terminalSafeJson({ text })) },
	{ name: "shellWord", read: shellWord },
	{ name: "the log", read: (text) => jsonLog.info({ text, err: new Error(text) }, text) },
	{ name: "the log for people", read: (text) => prettyLog.info({ text, err: new Error(text) }, text) },
	{ name: "printTable", read: (text) => printTable(terminal, [{ header: "a", cap: LENGTH }], [[text]]) },
	{ name: "textWidth", read: textWidth },
	{ name: "cutToWidth", read: (text) => cutToWidth(text, LENGTH) },
	{ name: "describeFailure", read: (text) => describeFailure(new Error(text), noContext) },
	{ name: "csvLine", read: (text) => csvLine([text]), examples: ["=cmd|' /C calc'!A0", '"a",b'] },
];

/** What comes with a request to us. */
const REQUESTS: readonly Reader[] = [
	{ name: "hostName", read: hostName, examples: ["localhost:8787", "[::1]:8787", "a.example."] },
	{ name: "originForm", read: originForm, examples: ["http://a/livez?b", "/livez", "*"] },
	{
		name: "clientAddress",
		read: (text) => clientAddress("10.0.0.1", text, isTrusted),
		examples: ["1.2.3.4, 10.0.0.2", "[fd00::1]:443, ::ffff:10.0.0.3"],
	},
	{
		name: "openSession",
		read: (text) => mustBe(openSession(text, new TokenBook([token]), 0), null),
		examples: [`v1.b2xnYQ.99999999999999.${"A".repeat(43)}`],
	},
	{
		name: "eventIdOfCursor",
		read: eventIdOfCursor,
		examples: ["AQGcqgAAAHAAgAAAAAAAAAE"],
		refusesWith: ["UsageError"],
	},
	{
		name: "guesses",
		read: (text) => guesses(text, ["order_id", "Id"]),
		examples: ["order_id = 4711", "019a3c5e-7f10…8d9e0f", "order 4711"],
	},
	{ name: "eventPath", read: (text) => eventPath(text, text), examples: ["user123", "../x"] },
	{
		name: "readTarget of the sandbox",
		read: readTarget,
		examples: ["/v1/triggers/successful_payment/users/a%2Fb/events"],
	},
	{ name: "readBody of the sandbox", read: readBody, examples: ['{"value": 19.99}'] },
	{
		name: "exactJson",
		read: (text) => exactJson(text),
		examples: ['{"a":[1.10,1e400,"x"]}'],
		refusesWith: ["SyntaxError"],
	},
	{
		name: "emitArguments, as the application's",
		read: (text) => emitArguments({ trigger: text, user: text, payload: { [text]: text }, metadata: { a: text } }),
		refusesWith: ["InvalidEventError", "InvalidPayloadError"],
	},
	{
		name: "writerContext",
		read: (text) => writerContext({ traceparent: text, tracestate: text }),
		examples: [`00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`, "a=1,b=2"],
	},
];

/** Whatever reads a text that somebody else wrote. */
export const READERS: readonly Reader[] = [...ANSWERS, ...SHOWN, ...REQUESTS, ...TYPED];

function classified(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
	return classify({ status, headers, body: Buffer.from(text), failure: null }, context);
}

function mustBeSafe(text: string): string {
	if (hasUnsafe(text)) throw new Error("it shows what a terminal obeys");
	return text;
}

function mustBe<T>(found: T, expected: T): T {
	if (found !== expected) throw new Error(`it took what nobody sealed: ${JSON.stringify(found)}`);
	return found;
}
