import { connect, createServer, type Socket } from "node:net";

/**
 * Between a client and PostgreSQL: what a client learns of its session is made up, as by every pooler, since sessions
 * come and go behind it.
 */
export interface PoolerLike extends AsyncDisposable {
	readonly url: string;
}

/** BackendKeyData: its type, its length, the process id, the secret. */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12]);

export async function startPoolerLike(databaseUrl: string): Promise<PoolerLike> {
	const target = new URL(databaseUrl);
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		const upstream = connect(Number(target.port), target.hostname);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on("error", () => {}).on("close", () => [client, upstream].map((other) => other.destroy()));
		}
		client.pipe(upstream);
		upstream.on("data", (data: Buffer) => {
			const at = data.indexOf(KEY_DATA);
			if (at >= 0) data.writeUInt32BE(4_000_000, at + KEY_DATA.length);
			client.write(data);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("no port");
	const url = new URL(databaseUrl);
	url.hostname = "127.0.0.1";
	url.port = String(address.port);
	return {
		url: url.href,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
