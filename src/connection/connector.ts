import { isIPv6, Socket } from "node:net";
import { buildConnector } from "undici";
import { proxyAt, requestTunnel, type TunnelProxy } from "./tunnel.ts";

/** Opens connections, and can give up at once on those that are still being opened. */
export class Connector {
	readonly #connectTo: buildConnector.connector;
	readonly #timeoutMs: number;
	readonly #proxy: TunnelProxy | null;
	readonly #opening = new Set<Socket>();

	/**
	 * @param timeoutMs How long each step of opening a connection may take: to reach it, to get a tunnel, to agree on
	 *   TLS.
	 * @param proxy Connections under TLS go through a tunnel that this proxy opens; null: there is none.
	 */
	constructor(timeoutMs: number, proxy: URL | null = null) {
		this.#connectTo = buildConnector({ allowH2: false, timeout: timeoutMs });
		this.#timeoutMs = timeoutMs;
		this.#proxy = proxy === null ? null : proxyAt(proxy);
	}

	/** undici's `connect` option. */
	readonly open: buildConnector.connector = (options, callback) => {
		if (this.#proxy === null || options.protocol !== "https:") this.#connect(options, callback);
		else this.#tunnel(this.#proxy, options, callback);
	};

	/**
	 * A destroyed pool forgets a socket that is not open yet, and an address that swallows packets would hold the
	 * process.
	 */
	abandon(): void {
		for (const socket of this.#opening) socket.destroy();
		this.#opening.clear();
	}

	#connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
		let socket: unknown;
		// The type says void, but the connector hands out the socket that it is opening.
		socket = this.#connectTo(options, (...result) => {
			if (socket instanceof Socket) this.#opening.delete(socket);
			callback(...result);
		});
		if (socket instanceof Socket) this.#opening.add(socket);
	}

	#tunnel(proxy: TunnelProxy, options: buildConnector.Options, callback: buildConnector.Callback): void {
		const { protocol, hostname, port, authorization } = proxy;
		this.#connect({ protocol, hostname, host: hostname, port }, (...[error, socket]) => {
			if (error !== null) return callback(error, null);
			this.#opening.add(socket);
			const way = { target: authority(options), authorization, timeoutMs: this.#timeoutMs };
			requestTunnel(socket, way, (failure) => {
				this.#opening.delete(socket);
				if (failure === null) return this.#connect({ ...options, httpSocket: socket }, callback);
				socket.destroy();
				callback(failure, null);
			});
		});
	}
}

function authority({ hostname, port }: buildConnector.Options): string {
	return `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port || 443}`;
}
