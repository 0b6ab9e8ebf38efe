import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { until } from "../relay/running.ts";
import { RequestReader } from "../support/request-reader.ts";
import { answer, raw, startScriptedReward } from "../support/scripted-reward.ts";
import { request, senderTo } from "./sending.ts";

const SUCCESS = '{"success":true}';
const CASES = 20_000;
const AT_ONCE = 48;

interface Answer {
	/** What is written, and how long after the request, or after the piece before. */
	readonly pieces: readonly (readonly [text: string, afterMs: number])[];
	/** Whether any of it is a proper success, meant for this request. */
	readonly applies: boolean;
	readonly ends: boolean;
}

function http(status: string, body: string, headers = ""): string {
	return `HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

const success = http("200 OK", SUCCESS);
const refusal = fc.constantFrom(
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
);
const noise = fc.constantFrom(
	success,
	http("204 No Content", ""),
	http("200 OK", "{}"),
	success + success,
	"\r\n",
	"garbage",
	"HTTP/1.1 200 OK\r\n",
	SUCCESS,
);
const wait = fc.constantFrom(0, 0, 0, 1, 3);
const answers: fc.Arbitrary<Answer> = fc.oneof(
	fc.record({ pieces: fc.constant([[success, 0]] as const), applies: fc.constant(true), ends: fc.constant(false) }),
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
				[success, 0],
				[then, afterMs],
			],
			applies: true,
			ends,
		};
	}),
);

/** Answers each request with the next of the list, and notes which it has applied. */
async function startHostile(list: readonly Answer[]) {
	const applied = new Set<string>();
	let next = 0;
	const play = async (socket: Socket, key: string) => {
		const { pieces, applies, ends } = list[next++ % list.length] as Answer;
		if (applies) applied.add(key);
		for (const [text, afterMs] of pieces) {
			if (afterMs > 0) await pause(afterMs);
			if (!socket.destroyed) socket.write(text);
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
		[Symbol.dispose]: () => void server.close(),
	};
}

test(`of ${CASES} hostile answers none passes for a success of a request that it was not meant for`, async () => {
	const list = fc.sample(answers, CASES);
	using hostile = await startHostile(list);
	await using sender = await senderTo(hostile.url, { connections: AT_ONCE, timeoutMs: 250 });
	const wrong: string[] = [];
	let sent = 0;
	let accepted = 0;
	await Promise.all(
		Array.from({ length: AT_ONCE }, async () => {
			while (sent++ < CASES) {
				const event = request();
				const outcome = await sender.send(event);
				if (outcome.class !== "accepted") continue;
				accepted++;
				if (!hostile.applied.has(event.eventId)) wrong.push(event.eventId);
			}
		}),
	);
	expect(wrong).toEqual([]);
	expect(accepted).toBeGreaterThan(CASES / 10);
}, 180_000);

test("connections are used again once a receiver has shown that it says nothing unasked, until it does", async () => {
	await using reward = await startScriptedReward();
	await using sender = await senderTo(reward.url, { connections: 16 });
	const isShared = () => (reward.requests.at(-1)?.onConnection ?? 0) > 1;
	const sendSome = async () => {
		const outcomes = await Promise.all(Array.from({ length: 8 }, () => sender.send(request())));
		expect(outcomes.every((outcome) => outcome.class === "accepted")).toBe(true);
	};
	await sendSome();
	expect(isShared()).toBe(false);
	await until("connections are shared", async () => {
		await sendSome();
		return isShared();
	});
	reward.enqueue(raw(`${success}${success}`, { applies: true }));
	const outcome = await sender.send(request());
	expect(outcome).toMatchObject({ class: "ambiguous", errorCode: "unsolicited_bytes", httpStatus: 200 });
	await sendSome();
	expect(reward.requests.slice(-8).every(({ onConnection }) => onConnection === 1)).toBe(true);
});

test("bytes on an idle connection close it, and the next request has another", async () => {
	await using reward = await startScriptedReward();
	await using sender = await senderTo(reward.url, { connections: 16 });
	await until("connections are shared", async () => {
		await Promise.all(Array.from({ length: 8 }, () => sender.send(request())));
		return (reward.requests.at(-1)?.onConnection ?? 0) > 1;
	});
	reward.enqueue({
		applies: true,
		act: (socket) => {
			socket.write(success, () => setTimeout(() => socket.write(success), 50));
		},
	});
	await sender.send(request());
	const before = reward.openConnections;
	await reward.waitFor(({ openConnections }) => openConnections < before);
	reward.respond(answer(400));
	expect((await sender.send(request())).class).toBe("refused");
	expect(reward.requests.at(-1)?.onConnection).toBe(1);
});
