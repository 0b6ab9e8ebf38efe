import { Child } from "../environment/child.ts";
import type { WriterRequest, WriterTold, Written } from "./messages.ts";

/** Runs one writer process from beginning to end. */
export async function write(request: WriterRequest): Promise<Written> {
	const child = new Child({ name: "the writer", script: new URL("process.ts", import.meta.url).pathname });
	try {
		const written = child.next<WriterTold, "written">("written");
		written.catch(() => {});
		child.send(request);
		return await written;
	} finally {
		await child.stop();
	}
}
