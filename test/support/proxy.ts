import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { makeCertificate } from "./certificate.ts";

const PASSWORD = "s3cret/word";
/** What a proxy of {@link startProxy} is logged in to with. */
export const PROXY_LOGIN = `Basic ${Buffer.from(`shop:${PASSWORD}`).toString("base64")}`;

async function listening(server: HttpServer | Server, host = "127.0.0.1"): Promise<number> {
	server.listen(0, host);
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

/** A receiver under TLS that takes everything, and counts it. */
export async function startTlsReceiver() {
	const certificate = makeCertificate("reward.test");
	const received: string[] = [];
	const server = createServer({ key: certificate.key, cert: certificate.cert }, (incoming, response) => {
		incoming.resume().on("end", () => {
			received.push(String(incoming.headers["idempotency-key"]));
			response.setHeader("content-type", "application/json").end('{"success":true}');
		});
	});
	const port = await listening(server);
	return {
		port,
		received,
		file: certificate.file,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			certificate[Symbol.dispose]();
		},
	};
}

export type ProxyAnswer = (client: Socket) => void;

/** A real proxy; every name but an address leads to this machine. `answer` replaces what it does with a CONNECT. */
export async function startProxy(answer?: ProxyAnswer) {
	const asked: { readonly target: string; readonly login: string | undefined }[] = [];
	const sockets = new Set<Socket>();
	const server = createHttpServer().on("connect", (incoming, client: Socket) => {
		asked.push({ target: incoming.url ?? "", login: incoming.headers["proxy-authorization"] });
		sockets.add(client);
		client.on("error", () => undefined).on("close", () => sockets.delete(client));
		if (answer !== undefined) return answer(client);
		const port = Number(/[0-9]+$/.exec(incoming.url ?? "")?.[0]);
		const upstream = connect(port, "127.0.0.1", () => {
			client.write("HTTP/1.1 200 Connection established\r\n\r\n");
			client.pipe(upstream).pipe(client);
		});
		upstream.on("error", () => client.destroy());
		client.on("close", () => upstream.destroy());
	});
	const port = await listening(server);
	return {
		url: new URL(`http://shop:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`),
		asked,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
