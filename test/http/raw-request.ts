import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test writes whatever bytes it likes. */
export async function openSocket(url: string): Promise<Socket> {
	const { hostname, port } = new URL(url);
	const socket = connect(Number(port), hostname);
	// Being cut off is what many of these tests are about.
	socket.on("error", () => {});
	await once(socket, "connect");
	return socket;
}

/** Everything the server says until it closes the connection. */
export async function readToEnd(socket: Socket): Promise<string> {
	let said = "";
	socket.setEncoding("latin1").on("data", (chunk) => {
		said += chunk;
	});
	// Not events.once: that rejects on a reset, which is one way for a server to close.
	if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
	return said;
}

/** Writes the bytes, reads until the server closes. */
export async function rawRequest(url: string, bytes: string): Promise<string> {
	const socket = await openSocket(url);
	const answer = readToEnd(socket);
	socket.write(bytes);
	return await answer;
}

/** The status code of a raw answer. */
export function statusOf(answer: string): number {
	return Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(answer)?.[1] ?? Number.NaN);
}
