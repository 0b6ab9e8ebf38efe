import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A name that leads to one server and later to another, as a failover address, a pooler or an entry in DNS does. */
export class Switchboard implements AsyncDisposable {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#port: number;

	/** @param port where connections lead to at first, on the loopback */
	static async start(port: number): Promise<Switchboard> {
		const board = new Switchboard(port);
		board.#server.listen(0, "127.0.0.1");
		await once(board.#server, "listening");
		return board;
	}

	private constructor(port: number) {
		this.#port = port;
		this.#server = createServer((socket) => this.#forward(socket));
	}

	/** The same connection string through the switchboard. */
	through(url: string): string {
		const through = new URL(url);
		through.port = String((this.#server.address() as AddressInfo).port);
		return through.href;
	}

	/** New connections lead there; those that are open break. */
	switchTo(port: number): void {
		this.#port = port;
		for (const socket of this.#sockets) socket.destroy();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.close();
		for (const socket of this.#sockets) socket.destroy();
		await once(this.#server, "close");
	}

	#forward(socket: Socket): void {
		const target = connect(this.#port, "127.0.0.1");
		for (const [one, other] of [
			[socket, target],
			[target, socket],
		] as const) {
			this.#sockets.add(one);
			one.pipe(other);
			one.on("error", () => other.destroy());
			one.on("close", () => {
				this.#sockets.delete(one);
				other.destroy();
			});
		}
	}
}
