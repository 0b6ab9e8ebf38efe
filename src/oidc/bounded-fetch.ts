import { Agent, request } from "undici";
import { type ProxyConfig, proxyFor } from "../config/proxy-part.ts";
import { isLoopback } from "../config/value.ts";
import { Connector } from "../connection/connector.ts";
import { OidcProblem } from "./problem.ts";

/** For all of one request: a person waits for it, with the browser's window empty. */
const TIMEOUT_MS = 5_000;
/** The largest answers are lists of keys, and of a person's groups. */
const MOST_ANSWER_BYTES = 1_048_576;
/** These have no body, and must not be given one. */
const WITHOUT_BODY = new Set([204, 205, 304]);

interface FetchOptions {
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: unknown;
	readonly signal?: AbortSignal | null;
}

/**
 * What asks a provider: with a deadline, by the proxy that leads there, without following a redirect, and reading no
 * more than an answer can have.
 */
export function createBoundedFetch(proxy: ProxyConfig, userAgent: string) {
	return async (address: string, options: FetchOptions): Promise<Response> => {
		const url = new URL(address);
		refuseUnsafe(url);
		const connector = new Connector(TIMEOUT_MS, proxyFor(url, proxy));
		// A connection per call: they are far apart.
		const dispatcher = new Agent({ connections: 1, pipelining: 0, connect: connector.open });
		try {
			const { method, headers, body = null, signal } = options;
			const answer = await request(url, {
				method: method as "GET" | "POST",
				headers: { ...headers, "user-agent": userAgent },
				body: body === null ? null : String(body),
				signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
				dispatcher,
			});
			const bytes = await readAll(answer.body);
			const { statusCode: status } = answer;
			return new Response(WITHOUT_BODY.has(status) ? null : bytes, { status, headers: headersOf(answer.headers) });
		} finally {
			connector.abandon();
			await dispatcher.destroy();
		}
	};
}

/** The provider says itself where its other addresses are; none of them may show the secret to others. */
export function refuseUnsafe(url: URL): void {
	if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return;
	throw new OidcProblem("misconfigured", `the provider names an address that is not https: (${url.origin})`);
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of body) {
		length += chunk.length;
		if (length > MOST_ANSWER_BYTES) throw new OidcProblem("invalid", "an answer of the provider is too long");
		chunks.push(chunk);
	}
	return new Uint8Array(Buffer.concat(chunks));
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): [string, string][] {
	return Object.entries(headers).flatMap(([name, value]) =>
		[value ?? []].flat().map((one): [string, string] => [name, one]),
	);
}
