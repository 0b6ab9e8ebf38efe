import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { BadConnection, type Direction, type Trouble } from "./bad-connection.ts";

/** A byte that a line waits for, and what it does when that has gone through. */
interface Point {
	readonly direction: Direction;
	/** Bytes that still go through. */
	left: number;
	readonly strike: (connection: BadConnection) => void;
}

/** PostgreSQL's Sync is five bytes, and ends what a client sends at once. */
const SYNC_BYTES = 5;

/**
 * A way to a server on the loopback that can be as bad as a network can: on all connections at once, or on one from a
 * given byte on. New connections are always taken, unless it is cut.
 */
export class BadLine implements AsyncDisposable {
	readonly #server: Server;
	readonly #connections = new Set<BadConnection>();
	#point: Point | null = null;
	#swallowsAfter: RegExp | null = null;
	#everywhere: { readonly trouble: Trouble; readonly direction: Direction } | null = null;
	#isCut = false;
	/** Bytes that came, on all connections. */
	readonly carried: Record<Direction, number> = { "to the server": 0, "to the client": 0 };

	/** @param port where connections lead to, on the loopback */
	static async start(port: number): Promise<BadLine> {
		const line = new BadLine(port);
		line.#server.listen(0, "127.0.0.1");
		await once(line.#server, "listening");
		return line;
	}

	private constructor(port: number) {
		this.#server = createServer({ noDelay: true }, (client) => {
			if (this.#isCut) return void client.resetAndDestroy();
			const server = connect({ port, host: "127.0.0.1", noDelay: true });
			const connection = new BadConnection(client, server, (data, direction) =>
				this.#untilTrouble(connection, data, direction),
			);
			this.#connections.add(connection);
			connection.onEnd(() => this.#connections.delete(connection));
			if (this.#everywhere !== null) connection.strike(this.#everywhere.trouble, this.#everywhere.direction);
		});
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** The same URL or connection string through it. */
	through(url: string): string {
		const through = new URL(url);
		through.port = String(this.port);
		return through.href;
	}

	/** From now on, on all connections, new ones included. `closed` and `reset` are over at once. */
	strike(trouble: Trouble, direction: Direction = "to the server"): void {
		this.#everywhere = trouble === "closed" || trouble === "reset" ? null : { trouble, direction };
		for (const connection of this.#connections) connection.strike(trouble, direction);
	}

	/** Connections that lost something end; what was held up arrives. */
	heal(): void {
		this.#everywhere = null;
		for (const connection of this.#connections) connection.heal();
	}

	/** Once so many more bytes have gone in that direction: with the connection that carried the last of them. */
	strikeAt(direction: Direction, bytes: number, strike: (connection: BadConnection) => void): void {
		this.#point = { direction, left: bytes, strike };
	}

	/**
	 * Swallows everything in both directions from the next message to the server on that fits; of that one what follows
	 * is swallowed too, its Sync first.
	 */
	swallowAfter(message: RegExp): void {
		this.#swallowsAfter = message;
	}

	/** Ends everything at once, and takes no connection any more: as when the client's machine is gone. */
	cut(): void {
		this.#isCut = true;
		for (const connection of this.#connections) connection.end();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.close();
		for (const connection of this.#connections) connection.end();
		await once(this.#server, "close");
	}

	/** How much of this data goes through before its connection is in trouble; null: all of it. */
	#untilTrouble(connection: BadConnection, data: Buffer, direction: Direction): Strike | null {
		this.carried[direction] += data.length;
		if (direction === "to the server" && this.#swallowsAfter?.test(data.toString("latin1"))) {
			this.#swallowsAfter = null;
			return { after: data.length - SYNC_BYTES, strike: () => this.strike("swallowed") };
		}
		const point = this.#point;
		if (point === null || point.direction !== direction) return null;
		point.left -= data.length;
		if (point.left > 0) return null;
		this.#point = null;
		return { after: data.length + point.left, strike: () => point.strike(connection) };
	}
}

type Strike = NonNullable<ReturnType<ConstructorParameters<typeof BadConnection>[2]>>;
