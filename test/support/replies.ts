import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { ScriptedRequest } from "./request-reader.ts";

/** What the scripted server does with one request. */
export interface Reply {
	/** When to act: as soon as the head has arrived, or after the whole request. Default `request`. */
	readonly at?: "head" | "request";
	/** Whether the receiver counts the event as applied. A head alone is never enough to apply anything. */
	readonly applies: boolean;
	readonly act: (socket: Socket, request: ScriptedRequest) => void | Promise<void>;
}

/** A reply, or a function that picks one for the request. */
export type Script = Reply | ((request: ScriptedRequest) => Reply | Promise<Reply>);

const SUCCESS = '{"success":true}';

/** A complete response with a Content-Length. 2xx counts as applied unless told otherwise. */
export function answer(
	status: number,
	body: string | Buffer = "",
	headers: Readonly<Record<string, string>> = {},
	applies = status >= 200 && status < 300,
): Reply {
	return { applies, act: (socket) => void socket.write(encodeResponse(status, body, headers)) };
}

/** The documented success. */
export function success(): Reply {
	return answer(200, SUCCESS, { "content-type": "application/json" });
}

/** These bytes and nothing else; `end` closes the connection after them. */
export function raw(
	bytes: string | Buffer,
	options: { end?: boolean; reset?: boolean; applies?: boolean } = {},
): Reply {
	return {
		applies: options.applies ?? false,
		act: (socket) => {
			socket.write(bytes, () => {
				if (options.reset) socket.resetAndDestroy();
				else if (options.end) socket.end();
			});
		},
	};
}

/** Takes the request and never says anything. */
export function hang(applies = true): Reply {
	return { applies, act: () => undefined };
}

export function resetAfterApplying(): Reply {
	return { applies: true, act: (socket) => void socket.resetAndDestroy() };
}

export function resetBeforeApplying(): Reply {
	return { applies: false, act: (socket) => void socket.resetAndDestroy() };
}

/** Resets as soon as the head is read, whatever of the body is still on its way. */
export function resetAtHead(): Reply {
	return { at: "head", applies: false, act: (socket) => void socket.resetAndDestroy() };
}

/** Closes the connection in the polite way, without an answer. */
export function closeWithoutAnswer(applies = false): Reply {
	return { applies, act: (socket) => void socket.end() };
}

/** Announces the whole body, sends a part of it, and closes. */
export function truncated(status = 200, body = SUCCESS, keep = body.length - 1): Reply {
	return {
		applies: true,
		act: (socket) => {
			const head = encodeHead(status, { "content-length": String(Buffer.byteLength(body)) });
			socket.end(head + body.slice(0, keep));
		},
	};
}

/** One byte of the complete response every `intervalMs`. */
export function drip(intervalMs: number, status = 200, body = SUCCESS): Reply {
	return {
		applies: true,
		act: (socket) => {
			const bytes = encodeResponse(status, body, {});
			let sent = 0;
			const timer = setInterval(() => {
				if (sent >= bytes.length || socket.destroyed) clearInterval(timer);
				else socket.write(bytes.subarray(sent, ++sent));
			}, intervalMs);
		},
	};
}

/** A chunked body that does not end, as fast as the other side takes it. */
export function flood(status = 200, chunk = "x".repeat(16_384)): Reply {
	return {
		applies: true,
		act: (socket) => {
			socket.write(encodeHead(status, { "transfer-encoding": "chunked" }));
			const piece = Buffer.from(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
			const pour = () => {
				while (!socket.destroyed && socket.write(piece));
			};
			socket.on("drain", pour);
			pour();
		},
	};
}

/** Bytes that claim to be gzip: real ones by default. */
export function gzipped(status = 200, bytes: Buffer = gzipSync(SUCCESS)): Reply {
	return answer(status, bytes, { "content-encoding": "gzip" });
}

export function redirect(location: string, status = 307): Reply {
	return answer(status, "", { location });
}

/** Does what `reply` does, later. */
export function delayed(delayMs: number, reply: Reply): Reply {
	return {
		applies: reply.applies,
		act: (socket, request) => void setTimeout(() => socket.destroyed || reply.act(socket, request), delayMs),
	};
}

/** Answers, then closes the connection although the answer said nothing about it: a stale keep-alive in the making. */
export function thenClose(reply: Reply): Reply {
	return {
		applies: reply.applies,
		act: async (socket, request) => {
			await reply.act(socket, request);
			socket.end();
		},
	};
}

export function encodeResponse(
	status: number,
	body: string | Buffer,
	headers: Readonly<Record<string, string>>,
): Buffer {
	const bytes = typeof body === "string" ? Buffer.from(body) : body;
	return Buffer.concat([
		Buffer.from(encodeHead(status, { "content-length": String(bytes.length), ...headers })),
		bytes,
	]);
}

function encodeHead(status: number, headers: Readonly<Record<string, string>>): string {
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
	return `HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n`;
}
