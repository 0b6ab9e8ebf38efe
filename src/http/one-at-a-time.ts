import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What a client may send ahead of the answers on one connection. */
const MOST_WAITING = 64;
const MOST_WAITING_CHARACTERS = 64 * 1024;

interface Waiting {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

/** The requests of a connection behind the one that is being answered. */
interface Line {
	readonly waiting: Waiting[];
	characters: number;
}

/**
 * Answers one request of a connection at a time: the next one is not begun before the operating system has taken all of
 * the answer before. Node would begin all that a client sends ahead, and keep their answers in memory until somebody
 * reads them. A client that sends more ahead than it may is cut off.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
	const lines = new WeakMap<Socket, Line>();

	const begin = (socket: Socket, line: Line, { request, response }: Waiting): void => {
		response.once("close", () => {
			const next = line.waiting.shift();
			if (next === undefined || socket.destroyed) {
				lines.delete(socket);
				return;
			}
			line.characters -= sizeOf(next.request);
			begin(socket, line, next);
		});
		handle(request, response);
	};

	return (request, response) => {
		const { socket } = request;
		const line = lines.get(socket);
		if (line === undefined) {
			const own: Line = { waiting: [], characters: 0 };
			lines.set(socket, own);
			begin(socket, own, { request, response });
			return;
		}
		line.waiting.push({ request, response });
		line.characters += sizeOf(request);
		if (line.waiting.length > MOST_WAITING || line.characters > MOST_WAITING_CHARACTERS) socket.destroy();
	};
}

function sizeOf({ url = "", rawHeaders }: IncomingMessage): number {
	return rawHeaders.reduce((sum, { length }) => sum + length, url.length);
}
