import dns from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { request, senderTo } from "./sending.ts";

/** Takes everything, and counts it; keeps connections for as long as anybody likes. */
async function startReceiver(host: string, port = 0) {
	const seen = { requests: 0, connections: 0 };
	const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, response) => {
		seen.requests++;
		incoming.resume().on("end", () => response.end('{"success":true}'));
	}).on("connection", () => seen.connections++);
	server.listen(port, host);
	await once(server, "listening");
	return {
		seen,
		port: (server.address() as AddressInfo).port,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

test("a name that leads elsewhere is followed within a minute, even by connections that never rest", async () => {
	await using before = await startReceiver("127.0.0.1");
	await using after = await startReceiver("127.0.0.2", before.port);
	let address = "127.0.0.1";
	const lookup = ((_name: string, options: dns.LookupOptions, callback: (...result: unknown[]) => void) => {
		if (options.all) callback(null, [{ address, family: 4 }]);
		else callback(null, address, 4);
	}) as unknown as typeof dns.lookup;
	using _spy = vi.spyOn(dns, "lookup").mockImplementation(lookup);
	await using sender = await senderTo(`http://reward.test:${before.port}`, { connections: 16 });
	const send = async () => expect((await sender.send(request())).class).toBe("accepted");
	// Until connections are used again: they have to earn that.
	const deadline = performance.now() + 20_000;
	while (before.seen.connections === before.seen.requests && performance.now() < deadline) {
		await Promise.all(Array.from({ length: 8 }, send));
	}
	expect(before.seen.connections).toBeLessThan(before.seen.requests);
	await send();

	address = "127.0.0.2";
	const connections = before.seen.connections;
	await send();
	expect([after.seen.requests, before.seen.connections]).toEqual([0, connections]);
	const now = Date.now();
	using _clock = vi.spyOn(Date, "now").mockImplementation(() => now + 45_000);
	const answered = before.seen.requests;
	for (let n = 0; n < 5; n++) await send();
	expect([before.seen.requests - answered, after.seen.requests]).toEqual([0, 5]);
});

test("an address of IPv6 is one like any other", async () => {
	await using receiver = await startReceiver("::1");
	await using sender = await senderTo(`http://[::1]:${receiver.port}`);
	expect((await sender.send(request())).class).toBe("accepted");
	expect(receiver.seen.requests).toBe(1);
});
