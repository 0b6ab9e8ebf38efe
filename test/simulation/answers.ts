import type { ResponseHeaders } from "../../src/reward/classify.ts";
import type { Failure } from "../../src/reward/failure.ts";

/** An answer of Reward, or of what is in front of it. */
export interface Answer {
	readonly status: number;
	readonly headers: ResponseHeaders;
	readonly body: Buffer;
	/** Null: it comes whole. */
	readonly failure: Failure | null;
}

/** How Reward meets a request. */
export interface Manner {
	/** Whether the event counts: always, never, or nobody knows. By contract it does when the answer says so. */
	readonly applies: "yes" | "no" | "maybe";
	/** Null: none comes. */
	readonly answer: Answer | null;
}

const json = (value: object) => Buffer.from(JSON.stringify(value));
const CUT: Failure = { code: "UND_ERR_SOCKET", message: "other side closed" };

function answer(status: number, body: object | string = "", headers: ResponseHeaders = {}): Answer {
	const bytes = typeof body === "string" ? Buffer.from(body) : json(body);
	return { status, headers: { "content-length": String(bytes.length), ...headers }, body: bytes, failure: null };
}

function refusal(status: number, code: string, headers: ResponseHeaders = {}): Manner {
	return { applies: "no", answer: answer(status, { error: { code, message: "no" } }, headers) };
}

function doubt(status: number, body: object | string = "", headers: ResponseHeaders = {}): Manner {
	return { applies: "maybe", answer: answer(status, body, headers) };
}

/** What each kind of weather at Reward means for a request. */
export const MANNERS = {
	good: { applies: "yes", answer: answer(200, { success: true }) },
	created: { applies: "yes", answer: answer(201, {}) },
	empty: { applies: "yes", answer: answer(204) },
	invalid: refusal(422, "missing_field"),
	conflict: refusal(409, "conflict"),
	"no such user": refusal(404, "user_not_found"),
	"no such trigger": refusal(404, "trigger_not_found"),
	"not found": { applies: "no", answer: answer(404, "Not Found") },
	"slow down": refusal(429, "rate_limited", { "retry-after": "2" }),
	"slow down somehow": refusal(429, "rate_limited"),
	"bad key": refusal(401, "invalid_api_key"),
	forbidden: { applies: "no", answer: answer(403, "<html>Forbidden</html>") },
	"error 500": doubt(500, { error: { code: "internal", message: "something went wrong" } }),
	"error 502": doubt(502, "<html>Bad Gateway</html>"),
	"error 503": doubt(503, "", { "retry-after": "1" }),
	"time-out 408": doubt(408),
	"a page": doubt(200, "<html>Welcome</html>"),
	"says no": doubt(200, { success: false }),
	"a redirect": doubt(302, "", { location: "/elsewhere" }),
	"cut off": { applies: "maybe", answer: { ...answer(200, '{"succ'), failure: CUT } },
	"no answer": { applies: "maybe", answer: null },
} as const satisfies Readonly<Record<string, Manner>>;

export type Weather = keyof typeof MANNERS;

/** A key that Reward does not take. */
export const KEY_REFUSED: Manner = MANNERS["bad key"];
