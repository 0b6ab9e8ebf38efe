import type { Problem } from "../../../api/schema/problem.ts";
import { noticeServerTime } from "../components/clock.ts";
import { PLACE } from "../components/database.ts";
import { readJson } from "./exact-numbers.ts";
import { ApiFailure, unreachable } from "./failure.ts";

/** What concerns no database, or all. */
export const ROOT_API = "/api/v1";
const API = `${PLACE}${ROOT_API}`;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

let whenSignedOut: () => void = () => {};

/** Tells what to do when the server no longer knows who we are. One listener: the session. */
export function onSignedOut(listener: () => void): void {
	whenSignedOut = listener;
}

/** A path below the API with its query, leaving out what is undefined or empty. */
export function address(path: string, query: Query = {}): string {
	const filled = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
	const text = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString();
	return `${API}${path}${text === "" ? "" : `?${text}`}`;
}

interface RequestOptions {
	readonly body?: unknown;
	readonly signal?: AbortSignal;
	/** Asks for something that has no place in an address, and changes nothing. */
	readonly isQuestion?: boolean;
}

/** One call. @throws ApiFailure */
export async function request<Answer>(method: Method, url: string, options: RequestOptions = {}): Promise<Answer> {
	const response = await send(method, url, options);
	if (response.status === 204) return undefined as Answer;
	const text = await response.text();
	if (!response.ok) throw failure(response, text, url);
	const answer = readJson(text) as Answer;
	noticeServerTime(answer);
	return answer;
}

async function send(method: Method, url: string, { body, signal, isQuestion = method === "GET" }: RequestOptions) {
	try {
		return await fetch(url, {
			method,
			credentials: "same-origin",
			cache: "no-store",
			headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
			...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
			...(signal === undefined ? {} : { signal }),
		});
	} catch (error) {
		if (signal?.aborted) throw error;
		throw unreachable(!isQuestion);
	}
}

function failure(response: Response, text: string, url: string): ApiFailure {
	// Asking who is signed in, or signing in, is no sign that a session has ended.
	if (response.status === 401 && !/\/api\/v1\/session\b/.test(url)) whenSignedOut();
	const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
	return new ApiFailure(response.status, readProblem(response, text), Number.isFinite(retryAfter) ? retryAfter : null);
}

function readProblem(response: Response, text: string): Partial<Problem> {
	if (!/^application\/(?:problem\+)?json/.test(response.headers.get("content-type") ?? "")) {
		return { detail: `The server answered with HTTP ${response.status}.` };
	}
	try {
		return JSON.parse(text) as Partial<Problem>;
	} catch {
		return { detail: `The server answered with HTTP ${response.status} and broken JSON.` };
	}
}
