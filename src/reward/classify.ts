import type { Accepted, Ambiguous, Fault, NotSent, Outcome, Refused } from "../event/outcome.ts";
import { decodedBody } from "./content-coding.ts";
import { saysFailure, saysSuccess } from "./contradiction.ts";
import { hasDuplicateNames } from "./duplicate-names.ts";
import type { Failure } from "./failure.ts";
import { keptHeaders } from "./kept-headers.ts";
import { errorDetail, type JsonObject, messageLine, parseJsonObject, storableBody } from "./response-body.ts";
import { parseRetryAfter } from "./retry-after.ts";

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** As much of a response as arrived. */
export interface ReceivedResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: ResponseHeaders;
	readonly body: Buffer;
	/** Null when the message ended as its framing says; otherwise why the rest of it never came, or was not read. */
	readonly failure: Failure | null;
}

/** What the classification needs from outside: it has no clock and knows no secret. */
export interface ClassifyContext {
	/** Takes the API key out of what the receiver says. */
	redact(text: string): string;
	/** The wall clock, in milliseconds since the epoch; only for a Retry-After date in a response without a Date. */
	now(): number;
}

const SUCCESS_BODIES = [Buffer.from('{"success":true}'), Buffer.from('{"success": true}')] as const;

const NO_BODY = Buffer.alloc(0);
const MULTI_STATUS = 207;

const ACCEPTED: Accepted = Object.freeze({
	class: "accepted",
	httpStatus: 200,
	errorCode: null,
	errorMessage: null,
	responseBody: null,
});

/**
 * The statuses that by contract mean "not applied". What a 401, 403 or 404 is about, its code may say: see {@link
 * explained}.
 */
const FAULTS: ReadonlyMap<number, Fault> = new Map<number, Fault>([
	[400, "event"],
	[401, "unexplained"],
	[403, "unexplained"],
	[404, "unknown_target"],
	[409, "event"],
	[410, "event"],
	[413, "event"],
	[415, "event"],
	[422, "event"],
	[429, "pacing"],
]);

/** The most of a response's body that is read, before and after decoding. The documented answer has 17 bytes. */
export const MAX_RESPONSE_BYTES = 65_536;

/** A response whose body can be read, or of which it is known that it cannot. */
interface ReadResponse extends ReceivedResponse {
	readonly isUnreadable: boolean;
}

/** What a response proves. Whatever is not listed is ambiguous. */
export function classify(received: ReceivedResponse, context: ClassifyContext): Outcome {
	if (isDocumentedSuccess(received)) return ACCEPTED;
	const response = withoutCoding(received);
	if (response.failure !== null) return incomplete(response, response.failure, context);
	if (response.status >= 200 && response.status <= 299) return classifySuccess(response, context);
	const fault = FAULTS.get(response.status);
	if (fault !== undefined) return classifyRefusal(response, fault, context);
	const body = parseJsonObject(response.body.toString("utf8"));
	return ambiguous(response, body, ...undecidedStatus(response.status), context);
}

/**
 * No final response: the request had begun to leave, and nothing tells how far it got.
 * @param interimStatus of the last interim response; null: not even such a one came
 */
export function unanswered(failure: Failure, context: ClassifyContext, interimStatus: number | null = null): Ambiguous {
	const evidence = silence(failure, context);
	return { class: "ambiguous", isWhole: false, retryAfterMs: null, ...evidence, httpStatus: interimStatus };
}

/** More came than one answer. Nobody knows which of it was meant for this request. */
export function unsolicited(answer: Accepted): Ambiguous {
	return {
		...answer,
		class: "ambiguous",
		isWhole: false,
		retryAfterMs: null,
		errorCode: "unsolicited_bytes",
		errorMessage: "more came on the connection than one answer: it may have been meant for another request",
	};
}

/** No byte of the request left. */
export function notSent(failure: Failure, context: ClassifyContext): NotSent {
	return { class: "not_sent", ...silence(failure, context) };
}

/** An id that must not be sent: the table refuses it too, so only a row written around its rules gets here. */
export function invalidId(): Refused {
	return {
		class: "refused",
		fault: "event",
		retryAfterMs: null,
		httpStatus: null,
		errorCode: "invalid_id",
		errorMessage: "The trigger or user id is empty, . or .., over 512 bytes or has control characters: not sent",
		responseBody: null,
	};
}

function silence(failure: Failure, { redact }: ClassifyContext) {
	return {
		httpStatus: null,
		errorCode: failure.code,
		errorMessage: messageLine(failure.message, redact) ?? failure.code,
		responseBody: null,
	};
}

/** The hot path: nearly every response ends here, so bytes are compared before anything is parsed. */
function isDocumentedSuccess({ status, body, failure, headers }: ReceivedResponse): boolean {
	if (status !== 200 || failure !== null || headers["content-encoding"] !== undefined || hasOddFraming(headers))
		return false;
	return body.equals(SUCCESS_BODIES[0]) || body.equals(SUCCESS_BODIES[1]);
}

function withoutCoding(received: ReceivedResponse): ReadResponse {
	// Of a coded body that is incomplete nothing is shown: it is not text.
	const body = decodedBody(received.headers["content-encoding"], received.body, MAX_RESPONSE_BYTES);
	return { ...received, body: body ?? NO_BODY, isUnreadable: body === null };
}

function classifySuccess(response: ReadResponse, context: ClassifyContext): Outcome {
	const doubt = (code: string, what: string, body: JsonObject | null = null) =>
		ambiguous(response, body, code, what, context);
	if (response.isUnreadable) return doubt("unreadable_coding", "came in a content coding that cannot be read");
	if (hasOddFraming(response.headers)) return doubt("odd_framing", "came in a transfer coding that nobody asked for");
	if (response.body.length === 0) {
		if (!endsWithConnection(response)) return accepted(response, context);
		return doubt("truncated_response", "ended with the connection, before any body");
	}
	const text = response.body.toString("utf8");
	const body = parseJsonObject(text);
	if (body === null) return doubt("unexpected_body", "came with a body that is not a JSON object");
	if (hasDuplicateNames(text)) return doubt("contradictory_response", "came with a body that says something twice");
	if (saysFailure(body, response.status === MULTI_STATUS))
		return doubt("contradictory_response", "came with a body that does not say success", body);
	return accepted(response, context);
}

function classifyRefusal(response: ReadResponse, fault: Fault, context: ClassifyContext): Outcome {
	const body = parseJsonObject(response.body.toString("utf8"));
	if (body !== null && saysSuccess(body)) {
		return ambiguous(response, body, "contradictory_response", "came with a body that says success", context);
	}
	const detail = errorDetail(body, context.redact);
	return {
		class: "refused",
		fault: explained(response.status, fault, detail.code),
		retryAfterMs: response.status === 429 ? retryAfter(response, context) : null,
		...evidence(response, body, `http_${response.status}`, "was the answer", context),
	};
}

/** What the code says of whose fault it is, where the status does not; the neighbours of the event decide the rest. */
function explained(status: number, fault: Fault, code: string | null): Fault {
	if (code === null) return fault;
	if (fault === "unknown_target") return faultNamedBy(code) ?? fault;
	if (fault !== "unexplained") return fault;
	// In Reward's own form a 401 is about the key, whatever it is called there.
	return status === 401 || namesKey(code) ? "configuration" : (faultNamedBy(code) ?? fault);
}

/** A code is trusted only when it names one of the two; null: it does not. */
function faultNamedBy(code: string): "event" | "trigger" | null {
	const words = wordsOf(code);
	const namesUser = words.some((word) => /^users?(id)?$/.test(word));
	const namesTrigger = words.some((word) => /^triggers?(id)?$/.test(word));
	if (namesUser === namesTrigger) return null;
	return namesUser ? "event" : "trigger";
}

function namesKey(code: string): boolean {
	return wordsOf(code).some((word) =>
		/^(?:key|keys|apikey|token|auth|authorization|authentication|authenticated|unauthorized|unauthenticated|credentials?)$/.test(
			word,
		),
	);
}

function wordsOf(code: string): string[] {
	return code
		.replace(/([a-z])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/[^a-z]+/);
}

function incomplete(response: ReadResponse, failure: Failure, context: ClassifyContext): Ambiguous {
	// What arrived is kept as evidence, but a cut body is not searched for a code: half a message may say the opposite.
	return ambiguous(response, null, failure.code, `was cut off: ${failure.message}`, context);
}

function undecidedStatus(status: number): [code: string, what: string] {
	if (status >= 300 && status <= 399) return ["redirect", "is a redirect, which is never followed"];
	return [`http_${status}`, "does not say whether the event was applied"];
}

function accepted(response: ReadResponse, { redact }: ClassifyContext): Accepted {
	return {
		class: "accepted",
		httpStatus: response.status,
		errorCode: null,
		errorMessage: null,
		responseBody: isDocumentedBody(response.body) ? null : storableBody(response.body, redact),
	};
}

function isDocumentedBody(body: Buffer): boolean {
	return SUCCESS_BODIES.some((documented) => body.equals(documented));
}

function ambiguous(
	response: ReadResponse,
	body: JsonObject | null,
	code: string,
	what: string,
	context: ClassifyContext,
): Ambiguous {
	return {
		class: "ambiguous",
		isWhole: response.failure === null,
		retryAfterMs: response.status === 503 ? retryAfter(response, context) : null,
		...evidence(response, body, code, what, context),
	};
}

/** The receiver's own words where it used the documented form, ours otherwise. */
function evidence(
	response: ReadResponse,
	body: JsonObject | null,
	code: string,
	what: string,
	{ redact }: ClassifyContext,
) {
	const detail = errorDetail(body, redact);
	return {
		httpStatus: response.status,
		errorCode: detail.code ?? code,
		errorMessage: detail.message ?? messageLine(`HTTP ${response.status} ${what}`, redact),
		responseBody: storableBody(response.body, redact),
		...keptHeaders(response.headers, redact),
	};
}

function retryAfter({ headers }: ReceivedResponse, { now }: ClassifyContext): number | null {
	const { "retry-after": wait, date } = headers;
	return parseRetryAfter(single(wait), single(date), now);
}

/** Whether the body came in a transfer coding other than chunks: it ended with the connection, and may be anything. */
function hasOddFraming(headers: ResponseHeaders): boolean {
	const coding = headers["transfer-encoding"];
	return coding !== undefined && (typeof coding !== "string" || coding.trim().toLowerCase() !== "chunked");
}

/**
 * Whether the end of the body was the end of the connection. Nobody can tell such a message from one that was cut off,
 * so an empty one proves no acceptance; a JSON object closes its own brace, and a refusal rests on the status alone.
 */
function endsWithConnection({ status, headers }: ReceivedResponse): boolean {
	return status !== 204 && headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
}

function single(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value[0] : value;
}
