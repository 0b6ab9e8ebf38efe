import type { Socket } from "node:net";

/** A proxy that opens tunnels, as CONNECT asks for. */
export interface TunnelProxy {
	readonly protocol: string;
	readonly hostname: string;
	readonly port: string;
	/** The value of the Proxy-Authorization header. A secret. */
	readonly authorization: string | null;
}

/** More than any proxy says before a tunnel begins. */
const MAX_HEAD_BYTES = 16_384;
const END_OF_HEAD = "\r\n\r\n";

/** The proxy that a URL names. Its user and password have to be percent-encoded properly. */
export function proxyAt(url: URL): TunnelProxy {
	const { protocol, hostname, port, username, password } = url;
	const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return {
		protocol,
		hostname: hostname.replace(/^\[|\]$/g, ""),
		port: port || (protocol === "https:" ? "443" : "80"),
		authorization: login === ":" ? null : `Basic ${Buffer.from(login).toString("base64")}`,
	};
}

/**
 * Asks a proxy for a tunnel to `target`. Without one nothing can have been sent, whatever the proxy says.
 *
 * @param socket a connection to the proxy, which on success carries the tunnel and has nothing left to be read
 * @param onAnswer called once; null: the tunnel is open
 */
export function requestTunnel(
	socket: Socket,
	{ target, authorization, timeoutMs }: { target: string; authorization: string | null; timeoutMs: number },
	onAnswer: (failure: Error | null) => void,
): void {
	let received = Buffer.alloc(0);
	const settle = (failure: Error | null) => {
		clearTimeout(timer);
		socket.off("readable", read).off("end", read).off("error", settle).off("close", onClose);
		onAnswer(failure);
	};
	const read = () => {
		for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
			received = Buffer.concat([received, chunk]);
		}
		const verdict = judge(received);
		if (verdict !== undefined) settle(verdict);
	};
	const onClose = () => settle(failed("proxy_closed", "the proxy closed the connection without opening a tunnel"));
	const timer = setTimeout(() => settle(failed("proxy_timeout", "the proxy opened no tunnel in time")), timeoutMs);
	timer.unref();
	socket.on("readable", read).on("error", settle).on("close", onClose).on("end", read);
	const login = authorization === null ? "" : `Proxy-Authorization: ${authorization}\r\n`;
	socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`);
}

/** What the proxy's answer says; undefined: it is not complete. */
function judge(received: Buffer): Error | null | undefined {
	const end = received.indexOf(END_OF_HEAD);
	if (end === -1) {
		if (received.length <= MAX_HEAD_BYTES) return undefined;
		return failed("proxy_answer", "the proxy's answer is no answer to CONNECT");
	}
	const status = Number(/^HTTP\/1\.[01] ([0-9]{3})(?![0-9])/.exec(received.toString("latin1", 0, end))?.[1] ?? 0);
	if (status === 0) return failed("proxy_answer", "the proxy's answer is no answer to CONNECT");
	if (status < 200 || status > 299) return failed("proxy_refused", refusal(status));
	const rest = received.length - end - END_OF_HEAD.length;
	return rest === 0 ? null : failed("proxy_answer", "the proxy said more than that the tunnel is open");
}

function refusal(status: number): string {
	const reason = status === 407 ? "it wants a user and a password, or others" : "it opens no tunnel to there";
	return `the proxy answered CONNECT with ${status}: ${reason}`;
}

function failed(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}
