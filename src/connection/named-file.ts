import { OutboxError } from "../errors.ts";
import { readRegularFile } from "../regular-file.ts";

/** Far above any file of certificates, services, or passwords. */
const MOST_BYTES = 1024 * 1024;

/** What a file says that belongs to a connection. @throws OutboxError with this code, in words that name it */
export async function readNamedFile(
	what: string,
	path: string,
	{ code, hint }: { readonly code: string; readonly hint?: string },
): Promise<string> {
	try {
		return await readRegularFile(path, MOST_BYTES);
	} catch (cause) {
		const { message } = cause as Error;
		throw new OutboxError(code, `${what} "${path}" cannot be read ${message}`, { cause, ...(hint && { hint }) });
	}
}
