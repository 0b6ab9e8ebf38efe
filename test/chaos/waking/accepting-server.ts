import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}';

/** Accepts everything and keeps nothing: a million requests that a recording server would hold in memory. */
export interface AcceptingServer extends AsyncDisposable {
	readonly url: string;
	readonly requests: number;
}

export async function startAcceptingServer(): Promise<AcceptingServer> {
	let requests = 0;
	const server = createServer({ noDelay: true }, (socket) => {
		let unread = "";
		socket.setEncoding("latin1").on("error", () => socket.destroy());
		socket.on("data", (text: string) => {
			unread += text;
			for (let end = endOfRequest(unread); end > 0; end = endOfRequest(unread)) {
				unread = unread.slice(end);
				requests++;
				socket.write(ANSWER, "latin1");
			}
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		get requests() {
			return requests;
		},
		async [Symbol.asyncDispose]() {
			server.close();
			await once(server, "close");
		},
	};
}

/** 0: it is not complete yet. */
function endOfRequest(text: string): number {
	const head = text.indexOf("\r\n\r\n");
	if (head < 0) return 0;
	const end = head + 4 + Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
	return text.length >= end ? end : 0;
}
