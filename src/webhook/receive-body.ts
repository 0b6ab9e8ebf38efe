import type { IncomingMessage } from "node:http";

/** Why there is no body: it was larger than allowed, or its sender went away. */
export type NoBody = "too_large" | "gone";

/** The whole body, in bounded memory: what is too large is not read to its end. */
export function receiveBody(request: IncomingMessage, mostBytes: number): Promise<Buffer | NoBody> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		let length = 0;
		request.on("data", (chunk: Buffer) => {
			length += chunk.length;
			if (length <= mostBytes) chunks.push(chunk);
			else {
				request.pause();
				resolve("too_large");
			}
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", () => resolve("gone"));
		request.on("close", () => resolve("gone"));
	});
}
