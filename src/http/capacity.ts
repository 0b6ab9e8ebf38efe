import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Of a server, that wait for the end of an answer. */
const MOST_PARTS = 30;

/**
 * Which connections are kept when there are too many. Whoever asks something is served before whoever only holds a
 * connection open, and some connections are never given to anything but health: a probe that finds no room would have a
 * relay restarted that works.
 */
export class Capacity {
	readonly #connections: number;
	readonly #mostBusy: number;
	/** Connections on which nothing is asked at the moment; the one that has been silent longest is first. */
	readonly #idle = new Set<Socket>();
	#open = 0;
	#busy = 0;

	/**
	 * @param connections At once.
	 * @param reserved Of these, how many are left for health.
	 */
	constructor(connections: number, reserved: number) {
		this.#connections = connections;
		this.#mostBusy = Math.max(1, connections - reserved);
	}

	/** A new connection: somebody silent makes room for it. Where nobody is silent it is closed itself. */
	opened(socket: Socket): void {
		this.#open += 1;
		const [silent] = this.#idle;
		this.#idle.add(socket);
		socket.once("close", () => {
			this.#open -= 1;
			this.#idle.delete(socket);
		});
		if (this.#open > this.#connections) (silent ?? socket).destroy();
	}

	/** A request has begun: its connection stays. */
	begun(socket: Socket, response: ServerResponse): void {
		this.#idle.delete(socket);
		// Each part of the way of a request waits for its end, which is no leak.
		response.setMaxListeners(MOST_PARTS);
		response.once("close", () => {
			if (!socket.destroyed) this.#idle.add(socket);
		});
	}

	/** Room for a request that is not about health, until its answer has been taken; false: there is none. */
	take(response: ServerResponse): boolean {
		if (this.#busy >= this.#mostBusy) return false;
		this.#busy += 1;
		response.once("close", () => {
			this.#busy -= 1;
		});
		return true;
	}
}
