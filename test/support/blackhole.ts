import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Which way what is sent vanishes. */
export type Vanishing = "nothing" | "to the server" | "to the client" | "both ways";

/** A network that swallows what is sent, and goes on taking connections: nobody is told that anything is wrong. */
export class Blackhole implements AsyncDisposable {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#vanishing: Vanishing = "nothing";
	#closesAfter: RegExp | null = null;

	/** @param port where connections lead to, on the loopback */
	static async start(port: number): Promise<Blackhole> {
		const hole = new Blackhole(port);
		hole.#server.listen(0, "127.0.0.1");
		await once(hole.#server, "listening");
		return hole;
	}

	private constructor(port: number) {
		this.#server = createServer((socket) => this.#forward(socket, connect(port, "127.0.0.1")));
	}

	/** The same connection string through it. */
	through(url: string): string {
		const through = new URL(url);
		through.port = String((this.#server.address() as AddressInfo).port);
		return through.href;
	}

	swallow(vanishing: Vanishing): void {
		this.#vanishing = vanishing;
	}

	/**
	 * Swallows everything in both directions from the next message on that fits; of that one what follows is swallowed
	 * too, its Sync first.
	 */
	swallowAfter(message: RegExp): void {
		this.#closesAfter = message;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.close();
		for (const socket of this.#sockets) socket.destroy();
		await once(this.#server, "close");
	}

	#forward(client: Socket, server: Socket): void {
		this.#carry(client, server, "to the server");
		this.#carry(server, client, "to the client");
	}

	#carry(from: Socket, to: Socket, direction: Vanishing): void {
		this.#sockets.add(from);
		from.on("data", (chunk: Buffer) => {
			if (this.#vanishing === direction || this.#vanishing === "both ways") return;
			to.write(direction === "to the server" ? this.#upToSync(chunk) : chunk);
		});
		from.on("error", () => to.destroy());
		from.on("close", () => {
			this.#sockets.delete(from);
			// What is sent into the hole to say goodbye vanishes as well.
			if (this.#vanishing === "nothing" || this.#vanishing === "to the client") to.destroy();
		});
	}

	/** PostgreSQL's Sync is five bytes, and ends what a client sends at once. */
	#upToSync(chunk: Buffer): Buffer {
		if (this.#closesAfter === null || !this.#closesAfter.test(chunk.toString("latin1"))) return chunk;
		this.#closesAfter = null;
		this.#vanishing = "both ways";
		return chunk.subarray(0, chunk.length - SYNC_BYTES);
	}
}

const SYNC_BYTES = 5;
