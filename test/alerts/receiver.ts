import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Received {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingMessage["headers"];
	/** As it came. */
	readonly text: string;
	/** Of JSON; nothing where nothing was sent. */
	readonly body: Record<string, unknown>;
}

export interface Receiver extends AsyncDisposable {
	/** With a path that is a secret. */
	readonly url: URL;
	readonly received: Received[];
	/** What to answer from now on. */
	answer: (response: ServerResponse) => void;
}

/** A real HTTP server that takes alerts and pings. */
export async function startReceiver(): Promise<Receiver> {
	const received: Received[] = [];
	const server = createServer(async (incoming, response) => {
		const { method = "", url: path = "", headers } = incoming;
		const sent = await text(incoming);
		received.push({ method, path, headers, text: sent, body: sent === "" ? {} : JSON.parse(sent) });
		receiver.answer(response);
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	const { port } = server.address() as AddressInfo;
	const receiver: Receiver = {
		url: new URL(`http://127.0.0.1:${port}/hooks/very-secret?token=more-secret`),
		received,
		answer: (response) => response.writeHead(204).end(),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
	return receiver;
}
