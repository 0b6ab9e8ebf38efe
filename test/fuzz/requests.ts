import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { Access } from "../../src/access/access.ts";
import { type HttpServer, startHttpServer } from "../../src/http/server.ts";
import type { Batch } from "./senders.ts";

const TOKEN = "a-token-for-the-fuzzing-of-requests";
const AT_ONCE = 16;
/** A request that is not complete is left alone by whoever sent it. */
const PATIENCE_MS = 40;
const silent = () => undefined;
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };

const line = fc
	.tuple(
		fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "CONNECT", "get", "PRI"),
		fc.constantFrom(
			"/livez",
			"/readyz",
			"/metrics",
			"/metrics?token=x",
			"http://a/metrics",
			"*",
			"//x",
			"/%00",
			"/api/v1/x",
		),
		fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1x"),
	)
	.map((parts) => parts.join(" "));
const header = fc.constantFrom(
	"host: localhost",
	"host: evil.example",
	"host: a, b",
	"authorization: Bearer wrong-token-that-is-long-enough",
	"authorization: Basic Og==",
	"cookie: reward_outbox_session=v1.YWRtaW4.99999999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	"content-length: 5",
	"content-length: 18446744073709551616",
	"transfer-encoding: chunked",
	"transfer-encoding: x, chunked",
	"expect: 100-continue",
	"upgrade: websocket\r\nconnection: upgrade",
	"origin: null",
	"x-forwarded-for: 127.0.0.1",
	`x: ${"y".repeat(9_000)}`,
	" folded: yes",
	": nameless",
);
const requests = fc
	.record({
		lines: fc.array(fc.tuple(line, fc.array(header, { maxLength: 6 })), { minLength: 1, maxLength: 4 }),
		body: fc.oneof(
			fc.string({ unit: "binary-ascii", maxLength: 40 }),
			fc.constantFrom("", "5\r\n{}\r\n0\r\n\r\n", "zz\r\n"),
		),
		put: fc.string({ unit: "binary-ascii", maxLength: 4 }),
		at: fc.double({ min: 0, max: 1, noNaN: true }),
	})
	.map(({ lines, body, put, at }) => {
		const text = lines.map(([first, headers]) => [first, ...headers, "", ""].join("\r\n")).join(body);
		const place = Math.floor(at * text.length);
		return text.slice(0, place) + put + text.slice(place) + body;
	});

/** The HTTP address, for everybody who may reach it. */
export const REQUESTS: readonly Batch[] = [{ name: "the HTTP address, requests without a token", run: knockAtTheDoor }];

async function knockAtTheDoor(seed: number, cases: number): Promise<string | null> {
	const server = await startServer();
	try {
		const list = fc.sample(requests, { seed, numRuns: cases });
		let next = 0;
		let problem: string | null = null;
		const knock = async () => {
			for (let text = list[next++]; text !== undefined && problem === null; text = list[next++]) {
				problem ??= problemOf(await said(server, text));
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, knock));
		return problem ?? ((await fetch(`${server.url}/livez`)).ok ? null : "does not answer /livez any more");
	} finally {
		await server.close();
	}
}

function problemOf(answer: string): string | null {
	if (answer.includes("reward_outbox_up 1")) return "shows metrics without a token";
	return /^HTTP\/1\.1 500/m.test(answer) ? "answers 500" : null;
}

function startServer(): Promise<HttpServer> {
	const tokens = [{ name: "admin", role: "operator", secret: TOKEN }] as const;
	return startHttpServer({
		host: "127.0.0.1",
		port: 0,
		access: new Access({ tokens, wallClock: () => Date.now(), clock: () => performance.now() }),
		health: async () => ({
			ready: true,
			database: { ok: true, latency_ms: 1 },
			listener: { mode: "listening" },
			paused: null,
		}),
		metrics: async () => "reward_outbox_up 1\n",
		logger,
	});
}

/** What the server says until it closes the connection, or nothing more comes. */
async function said({ url }: HttpServer, text: string): Promise<string> {
	const socket = connect(Number(new URL(url).port), "127.0.0.1");
	let answer = "";
	socket.on("error", silent).setEncoding("latin1");
	socket.on("data", (chunk) => {
		answer += chunk;
	});
	socket.setTimeout(PATIENCE_MS, () => socket.destroy());
	socket.write(text, "latin1");
	await once(socket, "close").catch(silent);
	return answer;
}
