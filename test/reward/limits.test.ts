import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { drip, hang, raw, startScriptedReward, success } from "../support/scripted-reward.ts";
import { request, senderTo } from "./sending.ts";

/** Takes a function, not a promise: the work's synchronous part counts. */
async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
	const start = performance.now();
	const result = await work();
	return [result, performance.now() - start];
}

describe("not sent is claimed only when no byte can have left", () => {
	test("connection refused", async () => {
		const reward = await startScriptedReward();
		await reward.close();
		await using sender = await senderTo(reward.url);
		expect(await sender.send(request())).toMatchObject({
			class: "not_sent",
			errorCode: "ECONNREFUSED",
			httpStatus: null,
		});
	});

	test("a name that does not resolve", async () => {
		await using sender = await senderTo("http://reward.invalid");
		expect((await sender.send(request())).class).toBe("not_sent");
	});

	test("no TLS on the other side", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url.replace("http:", "https:"), { timeoutMs: 1_000 });
		const outcome = await sender.send(request());
		expect(outcome.class).toBe("not_sent");
		expect(reward.requests).toHaveLength(0);
	});

	test("a handshake that never ends, at the deadline", async () => {
		const silent = createServer((socket) => socket.resume().on("error", () => undefined));
		await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
		const { port } = silent.address() as { port: number };
		const sender = await senderTo(`https://127.0.0.1:${port}`, { timeoutMs: 200 });
		expect(await sender.send(request())).toMatchObject({ class: "not_sent", errorCode: "deadline" });
		await sender.close();
		// Ends only when no socket is left open.
		await new Promise((resolve) => silent.close(resolve));
	});

	test("waiting for a socket longer than the deadline, and the request never leaves afterwards either", async () => {
		await using reward = await startScriptedReward({ script: hang() });
		await using sender = await senderTo(reward.url, { connections: 1, timeoutMs: 1_000 });
		const [first, ...waiting] = await Promise.all([1, 2, 3].map(() => sender.send(request())));
		expect(first).toMatchObject({ class: "ambiguous", errorCode: "deadline" });
		for (const outcome of waiting) expect(outcome).toMatchObject({ class: "not_sent", errorCode: "deadline" });
		reward.respond(success());
		for (let n = 0; n < 5; n++) expect((await sender.send(request())).class).toBe("accepted");
		expect(reward.requests).toHaveLength(6);
	});
});

describe("one total deadline", () => {
	test.each([
		["silence", hang()],
		["a drip that would take minutes", drip(20, 200, `{"a":"${"x".repeat(10_000)}"}`)],
		["interim responses only", raw("HTTP/1.1 102 Processing\r\n\r\n")],
	])("ends %s, which would not end by itself", async (_, script) => {
		await using reward = await startScriptedReward({ script });
		await using sender = await senderTo(reward.url, { timeoutMs: 1_000 });
		const [outcome, elapsedMs] = await timed(() => sender.send(request()));
		expect(outcome).toMatchObject({ class: "ambiguous", errorCode: "deadline" });
		expect(elapsedMs).toBeGreaterThanOrEqual(999);
		await reward.waitFor(({ openConnections }) => openConnections === 0);
	});

	test("runs for each request on its own", async () => {
		await using reward = await startScriptedReward({ script: hang() });
		await using sender = await senderTo(reward.url, { timeoutMs: 1_000, connections: 8 });
		const sent = [];
		for (let n = 1; n <= 8; n++) {
			sent.push(timed(() => sender.send(request())));
			await reward.waitFor(({ requests }) => requests.length === n);
		}
		for (const [outcome, elapsedMs] of await Promise.all(sent)) {
			expect(outcome).toMatchObject({ class: "ambiguous", errorCode: "deadline" });
			expect(elapsedMs).toBeGreaterThanOrEqual(999);
		}
	});
});

test("memory stays bounded while many responses drip or flood", async () => {
	const chunk = "1\r\nx\r\n".repeat(4_000);
	const script = () => raw(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(16)}`, {});
	await using reward = await startScriptedReward({ script });
	await using sender = await senderTo(reward.url, { connections: 64, timeoutMs: 1_500 });
	const before = process.memoryUsage();
	const running = Promise.all(Array.from({ length: 64 }, () => sender.send(request())));
	await reward.waitFor(({ requests }) => requests.length === 64);
	const outcomes = await running;
	expect(outcomes.every((outcome) => outcome.class === "ambiguous")).toBe(true);
	const after = process.memoryUsage();
	// An object for each of the 4 million bytes received would be hundreds of megabytes.
	expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(120 * 2 ** 20);
});

describe("close", () => {
	test("aborts what is in flight, gives up what waits, and refuses what comes later", async () => {
		await using reward = await startScriptedReward({ script: hang() });
		const sender = await senderTo(reward.url, { connections: 2 });
		const outcomes = Promise.all([1, 2, 3, 4].map(() => sender.send(request())));
		await reward.waitFor(({ requests }) => requests.length === 2);
		await Promise.all([sender.close(), sender.close()]);
		expect((await outcomes).map((outcome) => outcome.class)).toEqual([
			"ambiguous",
			"ambiguous",
			"not_sent",
			"not_sent",
		]);
		expect((await sender.send(request())).class).toBe("not_sent");
		await reward.waitFor(({ openConnections }) => openConnections === 0);
		expect(reward.requests).toHaveLength(2);
	});

	test("before anything was sent is fine, also twice, and nothing is sent afterwards", async () => {
		await using reward = await startScriptedReward();
		const sender = await senderTo(reward.url);
		await sender.close();
		await sender.close();
		expect((await sender.send(request())).class).toBe("not_sent");
		expect(reward.requests).toEqual([]);
	});
});
