import { describe, expect, test } from "vitest";
import { loadCredentials } from "../../src/reward/credentials.ts";
import type { Sender } from "../../src/reward/sender.ts";
import { createRewardSender } from "../../src/reward/undici-sender.ts";
import { runInlineProgram } from "../support/inline-program.ts";
import { PROXY_LOGIN, type ProxyAnswer, startProxy, startTlsReceiver } from "../support/proxy.ts";
import { request } from "./sending.ts";

const SENDER = new URL("../../src/reward/undici-sender.ts", import.meta.url).href;
const CREDENTIALS = new URL("../../src/reward/credentials.ts", import.meta.url).href;

async function senderThrough(proxy: URL, origin: string, timeoutMs = 2_000): Promise<Sender & AsyncDisposable> {
	const sender = createRewardSender({
		origin: new URL(origin),
		proxy,
		credentials: await loadCredentials("sk_test_abc"),
		connections: 4,
		timeoutMs,
		userAgent: "reward-outbox/test",
	});
	return {
		send: (one) => sender.send(one),
		close: () => sender.close(),
		[Symbol.asyncDispose]: () => sender.close(),
	};
}

/** Sends events in a process of its own, whose trust in authorities the environment decides. */
async function sendInProcess(origin: string, proxy: URL | null, count: number, extraCerts: string): Promise<string[]> {
	const program = `
process.removeAllListeners("warning");
const { createRewardSender } = await import(${JSON.stringify(SENDER)});
const { loadCredentials } = await import(${JSON.stringify(CREDENTIALS)});
const sender = createRewardSender({
	origin: new URL(${JSON.stringify(origin)}),
	proxy: ${proxy === null ? "null" : `new URL(${JSON.stringify(proxy.href)})`},
	credentials: await loadCredentials("sk_test_abc"),
	connections: 2,
	timeoutMs: 10_000,
	userAgent: "reward-outbox/test",
});
const outcomes = [];
for (let n = 0; n < ${count}; n++) {
	const { class: outcome, errorCode } = await sender.send({ eventId: "event-" + n, triggerId: "paid", userId: "u", body: "{}" });
	outcomes.push(outcome === "accepted" ? outcome : outcome + " " + errorCode);
}
await sender.close();
console.log(JSON.stringify(outcomes));`;
	const { stdout } = await runInlineProgram(program, [], { NODE_EXTRA_CA_CERTS: extraCerts });
	return JSON.parse(stdout) as string[];
}

describe("through a proxy", () => {
	test("events reach Reward by a tunnel, each once, and the proxy gets its user and password and sees no request", async () => {
		await using receiver = await startTlsReceiver();
		await using proxy = await startProxy();
		const origin = `https://reward.test:${receiver.port}`;
		expect(await sendInProcess(origin, proxy.url, 3, receiver.file)).toEqual(["accepted", "accepted", "accepted"]);
		expect(receiver.received).toEqual(["event-0", "event-1", "event-2"]);
		expect(proxy.asked.length).toBeGreaterThan(0);
		for (const asked of proxy.asked)
			expect(asked).toEqual({ target: `reward.test:${receiver.port}`, login: PROXY_LOGIN });
	});

	test.each<[string, ProxyAnswer, string]>([
		["refuses", (client) => client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"), "proxy_refused"],
		["wants other credentials", (client) => client.end("HTTP/1.1 407 Who\r\n\r\n"), "proxy_refused"],
		["answers as if it were Reward", (client) => client.end('HTTP/1.1 200 OK\r\n\r\n{"success":true}'), "proxy_answer"],
		["speaks no HTTP", (client) => client.end("SSH-2.0-x\r\n\r\n"), "proxy_answer"],
		["never comes to an end", (client) => client.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`), "proxy_answer"],
		["closes", (client) => client.end(), "proxy_closed"],
		["resets", (client) => client.resetAndDestroy(), "ECONNRESET"],
		["says nothing", () => undefined, "deadline"],
		[
			"opens a tunnel to nowhere",
			(client) => {
				client.write("HTTP/1.1 200 OK\r\n\r\n");
				client.once("data", () => client.destroy());
			},
			"ECONNRESET",
		],
	])("nothing was sent when the proxy %s", async (_, answer, errorCode) => {
		await using proxy = await startProxy(answer);
		await using sender = await senderThrough(proxy.url, "https://reward.test", 1_000);
		const outcome = await sender.send(request());
		expect(outcome).toMatchObject({ class: "not_sent", errorCode });
		expect(JSON.stringify(outcome)).not.toMatch(/s3cret|c2hvcD/);
	});

	test("nothing was sent when there is no proxy", async () => {
		const proxy = await startProxy();
		await proxy[Symbol.asyncDispose]();
		await using sender = await senderThrough(proxy.url, "https://reward.test");
		const outcome = await sender.send(request());
		expect(outcome).toMatchObject({ class: "not_sent", errorCode: "ECONNREFUSED" });
		expect(JSON.stringify(outcome)).not.toContain("s3cret");
	});

	test("closing gives up on a tunnel that is being opened, and leaves no connection behind", async () => {
		const { promise: closed, resolve } = Promise.withResolvers<void>();
		const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
		await using proxy = await startProxy((client) => {
			client.on("close", resolve).on("end", () => client.end());
			client.resume();
			ask();
		});
		const sender = await senderThrough(proxy.url, "https://reward.test", 60_000);
		const outcome = sender.send(request());
		await asked;
		await sender.close();
		expect((await outcome).class).toBe("not_sent");
		await closed;
	});
});

describe("authorities", () => {
	test("of one's own are those in NODE_EXTRA_CA_CERTS, and without it nothing is sent", async () => {
		await using receiver = await startTlsReceiver();
		const origin = `https://127.0.0.1:${receiver.port}`;
		expect(await sendInProcess(origin, null, 1, receiver.file)).toEqual(["accepted"]);
		expect(await sendInProcess(origin, null, 1, "")).toEqual(["not_sent DEPTH_ZERO_SELF_SIGNED_CERT"]);
		expect(receiver.received).toEqual(["event-0"]);
	});
});
