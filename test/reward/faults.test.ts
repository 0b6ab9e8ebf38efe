import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	answer,
	closeWithoutAnswer,
	delayed,
	drip,
	flood,
	gzipped,
	hang,
	type Reply,
	raw,
	redirect,
	resetAfterApplying,
	resetAtHead,
	resetBeforeApplying,
	startScriptedReward,
	success,
	thenClose,
	truncated,
} from "../support/scripted-reward.ts";
import { KEY, request, senderTo } from "./sending.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = "content-length: 16\r\n\r\n";
const BODY = '{"success":true}';
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";

describe("what the receiver does to a request decides its outcome", () => {
	test.each<[string, Reply, string]>([
		["success", success(), "accepted"],
		["success, then the connection closes", thenClose(success()), "accepted"],
		["success, byte by byte", drip(1), "accepted"],
		["success, later", delayed(50, success()), "accepted"],
		["success in chunks", raw(`${OK}${CHUNKED}10\r\n${BODY}\r\n0\r\n\r\n`), "accepted"],
		["success in small chunks", raw(`${OK}${CHUNKED}8\r\n{"succes\r\n8\r\ns":true}\r\n0\r\n\r\n`), "accepted"],
		["success after a 103", raw(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}${LENGTH}${BODY}`), "accepted"],
		["success over HTTP/1.0", raw(`HTTP/1.0 200 OK\r\n\r\n${BODY}`, { end: true }), "accepted"],
		["204", raw("HTTP/1.1 204 No Content\r\n\r\n"), "accepted"],
		["400", answer(400, '{"error":{"code":"missing_field","message":"m"}}'), "refused"],
		["401 and the connection closes", thenClose(answer(401)), "refused"],
		["429", answer(429, "", { "retry-after": "1" }), "refused"],
		["500", answer(500), "ambiguous"],
		["a redirect to itself", redirect("/v1/triggers/x/users/y/events"), "ambiguous"],
		["gzip", gzipped(), "accepted"],
		["no body in an odd transfer coding", raw(`${OK}transfer-encoding: identity\r\n\r\n`, { end: true }), "ambiguous"],
		["no body in gzip to the end", raw(`${OK}transfer-encoding: gzip\r\n\r\n`, { end: true }), "ambiguous"],
		["no body in no coding", raw(`${OK}transfer-encoding: xchunked\r\n\r\n`, { end: true }), "ambiguous"],
		["gzip that is none", gzipped(200, Buffer.from("garbage")), "ambiguous"],
		["status 999", answer(999, BODY), "ambiguous"],
		["reset after applying", resetAfterApplying(), "ambiguous"],
		["reset before applying", resetBeforeApplying(), "ambiguous"],
		["reset at the head", resetAtHead(), "ambiguous"],
		["a closed connection", closeWithoutAnswer(), "ambiguous"],
		["a body one byte short", truncated(), "ambiguous"],
		["a body that never begins", truncated(200, BODY, 0), "ambiguous"],
		["a refusal one byte short", truncated(422), "ambiguous"],
		["a reset in the body", raw(`${OK}${LENGTH}${BODY.slice(0, 9)}`, { reset: true }), "ambiguous"],
		["a reset in the head", raw(OK, { reset: true }), "ambiguous"],
		["chunks without an end", raw(`${OK}${CHUNKED}10\r\n${BODY}\r\n`, { end: true }), "ambiguous"],
		["a bad chunk", raw(`${OK}${CHUNKED}zz\r\n${BODY}\r\n0\r\n\r\n`), "ambiguous"],
		["nothing up to the end of the connection", raw(`${OK}\r\n`, { end: true }), "ambiguous"],
		["no HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"), "ambiguous"],
		["a bad status line", raw(`HTTP/1.1 abc OK\r\n${LENGTH}${BODY}`), "ambiguous"],
		["a status of four digits", raw(`HTTP/1.1 2000 OK\r\n${LENGTH}${BODY}`), "ambiguous"],
		["HTTP/2", raw("HTTP/2 200\r\n\r\n"), "ambiguous"],
		["two lengths", raw(`${OK}content-length: 16\r\n${LENGTH}${BODY}`), "ambiguous"],
		["a length and chunks", raw(`${OK}content-length: 16\r\n${CHUNKED}10\r\n${BODY}\r\n0\r\n\r\n`), "ambiguous"],
		["a negative length", raw(`${OK}content-length: -1\r\n\r\n${BODY}`), "ambiguous"],
		["a 100 that nobody asked for", raw(`HTTP/1.1 100 Continue\r\n\r\n${OK}${LENGTH}${BODY}`), "ambiguous"],
		["an upgrade", raw("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"), "ambiguous"],
		["headers without end", raw(`${OK}x: ${"y".repeat(100_000)}\r\n\r\n`), "ambiguous"],
		["a body without end", flood(), "ambiguous"],
		["a refusal without end", flood(400), "ambiguous"],
		["an announced body of 10 GB", raw(`${OK}content-length: 10000000000\r\n\r\n`), "ambiguous"],
		["64 KiB and a byte", answer(200, `{"a":"${"x".repeat(65_529)}"}`), "ambiguous"],
		["64 KiB", answer(200, `{"a":"${"x".repeat(65_528)}"}`), "accepted"],
	])("%s", async (_, reply, expected) => {
		await using reward = await startScriptedReward({ script: reply });
		await using sender = await senderTo(reward.url);
		const outcome = await sender.send(request());
		expect(outcome.class).toBe(expected);
		expect(reward.requests).toHaveLength(1);
		// And the sender is as good as new.
		reward.respond(success());
		expect((await sender.send(request())).class).toBe("accepted");
	});

	test("a cut answer keeps what arrived as evidence", async () => {
		await using reward = await startScriptedReward({ script: truncated(503, "service down", 7) });
		await using sender = await senderTo(reward.url);
		const outcome = await sender.send(request());
		expect(outcome).toMatchObject({ class: "ambiguous", httpStatus: 503, responseBody: "service" });
	});

	test("an echoed API key is not kept", async () => {
		const body = JSON.stringify({ error: { code: "bad_key", message: `the key ${KEY} is not valid` } });
		await using reward = await startScriptedReward({ script: answer(401, body) });
		await using sender = await senderTo(reward.url);
		const outcome = await sender.send(request());
		expect(outcome).toMatchObject({ class: "refused", fault: "configuration", errorCode: "bad_key" });
		expect(JSON.stringify(outcome)).not.toContain("verysecret");
	});

	test("any bytes at all end in an outcome, and only a true success in accepted", async () => {
		const head = fc.constantFrom(
			"",
			"HTTP/1.1 200 OK\r\n",
			"HTTP/1.1 400 No\r\n",
			"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n",
		);
		const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url, { timeoutMs: 2_000 });
		await fc.assert(
			fc.asyncProperty(head, bytes, async (start, rest) => {
				reward.enqueue(raw(Buffer.concat([Buffer.from(start), rest]), { end: true }));
				const before = reward.requests.length;
				expect((await sender.send(request())).class).not.toBe("accepted");
				expect(reward.requests).toHaveLength(before + 1);
			}),
			{ numRuns: 150 },
		);
	});
});

test("an answer nobody asked for is not taken for the answer to the next request", async () => {
	await using reward = await startScriptedReward();
	await using sender = await senderTo(reward.url, { connections: 1 });
	const full = `${OK}${LENGTH}${BODY}`;
	reward.enqueue(raw(full + full), answer(400), raw(full), answer(422));
	expect((await sender.send(request())).class).toBe("accepted");
	expect((await sender.send(request())).class).toBe("refused");
	expect((await sender.send(request())).class).toBe("accepted");
	expect((await sender.send(request())).class).toBe("refused");
});

describe("nothing is sent twice by the layer below", () => {
	const replies = fc.constantFrom<() => Reply>(
		success,
		() => thenClose(success()),
		() => delayed(2, success()),
		() => delayed(2, thenClose(success())),
		resetAfterApplying,
		resetAtHead,
		() => delayed(2, resetBeforeApplying()),
		closeWithoutAnswer,
		truncated,
		() => answer(503, "", { connection: "close" }),
		() => raw(`HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, { end: true }),
		() => hang(),
		flood,
	);

	test("whatever happens to connections that many requests share", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(replies, { minLength: 1, maxLength: 60 }), async (script) => {
				await using reward = await startScriptedReward();
				await using sender = await senderTo(reward.url, { connections: 4, timeoutMs: 150 });
				reward.enqueue(...script.map((make) => make()));
				const requests = script.map(() => request());
				const outcomes = await Promise.all(requests.map((one) => sender.send(one)));
				const keys = reward.requests.map(({ idempotencyKey }) => idempotencyKey);
				expect(new Set(keys).size).toBe(keys.length);
				for (const [n, { eventId }] of requests.entries()) {
					if (outcomes[n]?.class === "accepted") expect(reward.applications.get(eventId)).toBe(1);
					if (outcomes[n]?.class === "not_sent") expect(keys).not.toContain(eventId);
				}
			}),
			{ numRuns: 25 },
		);
	});

	test("a server that closes kept-alive connections costs no request and no repeat", async () => {
		await using reward = await startScriptedReward({ script: thenClose(success()) });
		await using sender = await senderTo(reward.url, { connections: 1 });
		for (let n = 0; n < 40; n++) {
			expect((await sender.send(request())).class).toBe("accepted");
			await reward.waitFor(({ openConnections }) => openConnections === 0);
		}
		expect(reward.requests).toHaveLength(40);
		expect(reward.connections).toBe(40);
	});

	test("a restarted server gets each request once over new connections", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		const burst = () => Promise.all(Array.from({ length: 8 }, () => sender.send(request())));
		await burst();
		await reward.close();
		// What is written into a connection before its end is noticed is ambiguous, and stays with us: it is not repeated.
		for (const { class: found } of await burst()) expect(["not_sent", "ambiguous"]).toContain(found);
		await reward.reopen();
		expect(new Set((await burst()).map((outcome) => outcome.class))).toEqual(new Set(["accepted"]));
		expect(reward.requests).toHaveLength(16);
		expect(reward.duplicates).toBe(0);
	});
});
