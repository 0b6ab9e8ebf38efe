// The receiver, in a process of its own: a bare HTTP/1.1 server on node:net, because node:http would be the bottleneck
// before the fastest sender is. It notes when each event arrived first, and how often one arrived again.
import { createServer, type Socket } from "node:net";
import { now } from "../clock.ts";
import type { SinkRequest, SinkTold } from "./messages.ts";

const ANSWERS = {
	200: answer("200 OK", '{"success":true}'),
	401: answer("401 Unauthorized", '{"success":false,"error":{"code":"UNAUTHORIZED","message":"invalid key"}}'),
} as const;
/** By how the path goes on: what is answered to others than those whose events are counted. */
const OTHERS: readonly (readonly [path: string, answer: string, afterMs: number])[] = [
	["bench/users/blocked", answer("403 Forbidden", "<html><body>Request blocked</body></html>", "text/html"), 0],
	[
		"unknown",
		answer("404 Not Found", '{"success":false,"error":{"code":"TRIGGER_NOT_FOUND","message":"no such trigger"}}'),
		0,
	],
	["hanging", answer("200 OK", '{"success":true}'), 60_000],
];
const PATH = "POST /v1/triggers/";
const END_OF_HEAD = "\r\n\r\n";

let arrivedAt = new Float64Array(0);
let latencyMs = 0;
let mark = 0;
let given: string = ANSWERS[200];
let count = 0;
let repeated = 0;
let stray = 0;

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => {
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("no port was assigned");
	tell({ type: "listening", port: address.port });
});

process.on("message", (request: SinkRequest) => {
	if (request.type === "reset") {
		arrivedAt = new Float64Array(request.expected).fill(Number.NaN);
		({ latencyMs, mark } = request);
		given = ANSWERS[request.status];
		count = 0;
		repeated = 0;
		stray = 0;
		tell({ type: "ready" });
	} else {
		tell({ type: "arrivals", arrivedAt, count, repeated, stray });
	}
});
process.on("disconnect", () => process.exit());

function answer(status: string, body: string, type = "application/json"): string {
	return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nKeep-Alive: timeout=60\r\n\r\n${body}`;
}

function serve(socket: Socket): void {
	let unread = "";
	socket.setEncoding("latin1");
	socket.on("error", () => socket.destroy());
	socket.on("data", (text: string) => {
		const at = now();
		unread = unread === "" ? text : unread + text;
		for (let end = requestEnd(unread); end > 0; end = requestEnd(unread)) {
			const other = OTHERS.find(([path]) => unread.startsWith(path, PATH.length));
			if (other === undefined) arrived(unread, at);
			unread = unread.length === end ? "" : unread.slice(end);
			if (other !== undefined) give(socket, other[1], other[2]);
			else give(socket, given, latencyMs);
		}
	});
}

function give(socket: Socket, text: string, afterMs: number): void {
	if (afterMs === 0) socket.write(text, "latin1");
	else setTimeout(() => socket.write(text, "latin1"), afterMs);
}

/** Where the first request ends, 0 while it is not complete. */
function requestEnd(text: string): number {
	const head = text.indexOf(END_OF_HEAD);
	if (head < 0) return 0;
	const length = /content-length: *(\d+)/i.exec(text)?.[1];
	const end = head + END_OF_HEAD.length + Number(length ?? 0);
	return text.length >= end ? end : 0;
}

/** The user is `u` and the event's number: `POST /v1/triggers/bench/users/u42/events`. */
function arrived(text: string, at: number): void {
	const number = Number.parseInt(text.slice(text.indexOf("/users/u") + 8, text.indexOf("/events")), 10);
	if (!(number >= 0 && number < arrivedAt.length)) {
		stray++;
		return;
	}
	if (!Number.isNaN(arrivedAt[number])) {
		repeated++;
		return;
	}
	arrivedAt[number] = at;
	count++;
	if (count === mark) tell({ type: "marked", at });
	if (count === arrivedAt.length) tell({ type: "complete", at });
}

function tell(message: SinkTold): void {
	process.send?.(message);
}
