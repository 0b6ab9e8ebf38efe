import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { RequestReader } from "../support/request-reader.ts";

const SUCCESS = '{"success":true}';

/** How a hostile receiver answers one request. */
export interface Answer {
	/** What is written, and how long after the request, or after the piece before. */
	readonly pieces: readonly (readonly [text: string, afterMs: number])[];
	/** Whether any of it is a proper success, meant for this request. */
	readonly applies: boolean;
	readonly ends: boolean;
}

function http(status: string, body: string, headers = ""): string {
	return `HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

/** The documented answer. */
export const SUCCESS_ANSWER = http("200 OK", SUCCESS);
const REFUSALS = [
	http("400 Bad Request", "{}"),
	http("404 Not Found", ""),
	http("500 Oops", "down"),
	http("200 OK", '{"success":false}'),
	http("200 OK", '{"success":false,"success":true}'),
	http("200 OK", '{"state":"failed"}'),
	http("207 Multi-Status", '{"responses":[{"status":403}]}'),
	"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
	"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{",
	"SSH-2.0-x\r\n",
];
const refusal = fc.constantFrom(...REFUSALS);
const noise = fc.constantFrom(
	SUCCESS_ANSWER,
	http("204 No Content", ""),
	http("200 OK", "{}"),
	SUCCESS_ANSWER + SUCCESS_ANSWER,
	"\r\n",
	"garbage",
	"HTTP/1.1 200 OK\r\n",
	SUCCESS,
);
const wait = fc.constantFrom(0, 0, 0, 1, 3);

/** Proper answers, and such as look like one that was not meant for the request. */
export const answers: fc.Arbitrary<Answer> = fc.oneof(
	fc.record({
		pieces: fc.constant([[SUCCESS_ANSWER, 0]] as const),
		applies: fc.constant(true),
		ends: fc.constant(false),
	}),
	// Refused, and something that looks like a success comes along with it or later.
	fc.tuple(refusal, noise, wait, fc.boolean(), fc.boolean()).map(([first, then, afterMs, together, ends]): Answer => {
		const pieces = together
			? ([[first + then, 0]] as const)
			: ([
					[first, 0],
					[then, afterMs],
				] as const);
		// What is cut off in the middle would have its end in the noise: that is the sender's own answer, and none of ours.
		return { pieces, applies: false, ends };
	}),
	// Accepted, and answered once more.
	fc.tuple(noise, wait, fc.boolean()).map(([then, afterMs, ends]): Answer => {
		return {
			pieces: [
				[SUCCESS_ANSWER, 0],
				[then, afterMs],
			],
			applies: true,
			ends,
		};
	}),
);

/** Whatever else may come over a wire: interim answers by the hundred, bytes changed, pieces cut anywhere. */
export const brokenAnswers: fc.Arbitrary<Answer> = fc
	.record({
		base: fc.oneof(refusal, noise),
		interim: fc.constantFrom("", "", "", "HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 103 Hints\r\nlink: <a>\r\n\r\n"),
		times: fc.constantFrom(1, 3, 500),
		changes: fc.array(
			fc.record({
				at: fc.double({ min: 0, max: 1, noNaN: true }),
				drop: fc.nat(12),
				put: fc.oneof(
					fc.string({ unit: "binary-ascii", maxLength: 6 }),
					fc.constantFrom(
						"\r\n",
						"\0",
						"content-length: 0\r\n",
						"transfer-encoding: gzip\r\n",
						"\r\n\r\n",
						"x".repeat(70_000),
					),
				),
			}),
			{ maxLength: 4 },
		),
		cut: fc.double({ min: 0, max: 1, noNaN: true }),
		ends: fc.boolean(),
	})
	.map(({ base, interim, times, changes, cut, ends }) => {
		const text = changes.reduce((before, { at, drop, put }) => {
			const place = Math.floor(at * before.length);
			return before.slice(0, place) + put + before.slice(place + drop);
		}, interim.repeat(times) + base);
		const place = Math.floor(cut * text.length);
		const pieces = [[text.slice(0, place), 0] as const, [text.slice(place), 1] as const];
		// Changed bytes may spell a success; whether they do, only a second reader could say.
		return { pieces, applies: /HTTP\/1\.[01] 2/.test(text), ends };
	});

/** A receiver that answers each request with the next of a list, and notes which it has applied. */
export interface HostileReceiver extends Disposable {
	readonly url: string;
	/** Idempotency keys of requests that a success was meant for. */
	readonly applied: ReadonlySet<string>;
	/** What it says from now on. */
	play(list: readonly Answer[]): void;
}

export async function startHostileReceiver(list: readonly Answer[]): Promise<HostileReceiver> {
	const applied = new Set<string>();
	let playing = list;
	let next = 0;
	const play = async (socket: Socket, key: string) => {
		const { pieces, applies, ends } = playing[next++ % playing.length] as Answer;
		if (applies) applied.add(key);
		for (const [text, afterMs] of pieces) {
			if (afterMs > 0) await pause(afterMs);
			if (!socket.destroyed) socket.write(text, "latin1");
		}
		if (ends) socket.end();
	};
	const server = createServer({ noDelay: true }, (socket) => {
		const reader = new RequestReader();
		socket.on("error", () => undefined);
		socket.on("data", (chunk: Buffer) => {
			for (const { stage, request: asked } of reader.push(chunk)) {
				if (stage === "request") void play(socket, asked.idempotencyKey);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as { port: number };
	return {
		url: `http://127.0.0.1:${port}`,
		applied,
		play: (answers) => {
			playing = answers;
			applied.clear();
		},
		[Symbol.dispose]: () => void server.close(),
	};
}
