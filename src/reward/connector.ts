import { Socket } from "node:net";
import { buildConnector } from "undici";

/** Opens connections, and can give up at once on those that are still being opened. */
export class Connector {
	readonly #connect: buildConnector.connector;
	readonly #opening = new Set<Socket>();

	/** @param timeoutMs How long opening one connection may take, TLS included. */
	constructor(timeoutMs: number) {
		this.#connect = buildConnector({ allowH2: false, timeout: timeoutMs });
	}

	/** undici's `connect` option. */
	readonly open: buildConnector.connector = (options, callback) => {
		let socket: unknown;
		// The type says void, but the connector hands out the socket that it is opening.
		socket = this.#connect(options, (...result) => {
			if (socket instanceof Socket) this.#opening.delete(socket);
			callback(...result);
		});
		if (socket instanceof Socket) this.#opening.add(socket);
	};

	/** A destroyed pool forgets a socket that is not open yet, and an address that swallows packets would hold the process. */
	abandon(): void {
		for (const socket of this.#opening) socket.destroy();
		this.#opening.clear();
	}
}
