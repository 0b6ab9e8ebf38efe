import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from "node:zlib";

type Decoded = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
type Decode = (bytes: Buffer, options: ZlibOptions & { readonly info: true }) => unknown;

const DECODERS: ReadonlyMap<string, readonly Decode[]> = new Map<string, readonly Decode[]>([
	["gzip", [gunzipSync]],
	["x-gzip", [gunzipSync]],
	// By the standard it has a zlib header; some servers leave it away.
	["deflate", [inflateSync, inflateRawSync]],
	["br", [brotliDecompressSync]],
]);

/**
 * The body without its content coding; null when the coding is unknown, broken, or more than one, or when the result
 * exceeds
 * `mostBytes`: what is more than that is never made. Nobody asked for a coding, but something in between may not care.
 */
export function decodedBody(coding: string | string[] | undefined, body: Buffer, mostBytes: number): Buffer | null {
	const name = String(coding ?? "")
		.trim()
		.toLowerCase();
	if (name === "" || name === "identity") return body;
	for (const decode of DECODERS.get(name) ?? []) {
		const decoded = decodedBy(decode, body, mostBytes);
		if (decoded !== null) return decoded;
	}
	return null;
}

function decodedBy(decode: Decode, body: Buffer, mostBytes: number): Buffer | null {
	try {
		const { buffer, engine } = decode(body, { maxOutputLength: mostBytes, info: true }) as Decoded;
		// Whatever follows the coded body is not part of it, and so not part of any answer either.
		return engine.bytesWritten === body.length ? buffer : null;
	} catch {
		// Not what it claims to be, or too much: that is what was asked.
		return null;
	}
}
