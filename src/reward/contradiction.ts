import type { JsonObject } from "./response-body.ts";

/** Names as {@link plainName} writes them. */
const FLAGS = new Set(["success", "ok"]);
/** Only a clear no counts: an answer may well say when something was created, or how many were processed. */
const LOOSE_FLAGS = new Set(
	["accepted", "succeeded", "successful", "applied", "recorded", "received", "delivered", "processed", "valid"].concat([
		"created",
		"issuccess",
		"isok",
		"isvalid",
	]),
);
const STATUSES = new Set(
	["status", "state", "result", "outcome", "code", "statuscode", "statustext", "httpstatus", "httpcode"].concat([
		"httpstatuscode",
		"responsecode",
		"resultcode",
	]),
);
const ERRORS = new Set(
	["error", "errors", "exception", "fault", "failure", "failures", "failed", "rejected", "refused", "denied"].concat([
		"errorcode",
		"errormessage",
		"haserrors",
		"haserror",
		"iserror",
	]),
);
/** What an answer may be wrapped in. */
const WRAPPERS = new Set(
	["data", "result", "results", "response", "responses", "body", "event", "events", "item", "items"].concat([
		"multistatus",
		"status",
	]),
);
const BAD_WORDS = new Set(
	[
		"error",
		"errored",
		"errors",
		"fail",
		"fails",
		"failed",
		"failing",
		"failure",
		"reject",
		"rejected",
		"refused",
	].concat(
		["denied", "invalid", "ko", "nok", "not", "unauthorized", "unauthorised", "forbidden", "unavailable", "aborted"],
		["cancelled", "canceled", "declined", "timeout", "timedout", "blocked", "exception", "unsuccessful", "unprocessed"],
		["unprocessable", "bad", "conflict", "dropped", "ignored", "expired", "missing"],
	),
);
const GOOD_WORDS = new Set(["ok", "success", "successful", "accepted", "created", "applied", "recorded"]);
/** Deeper than that nobody wraps an answer. */
const MOST_WRAPPED = 6;

/**
 * Whether the body of a 2xx says that the event was not applied after all. It is read at its top level and in what
 * answers are wrapped in; a doubt costs a repeat, and a repeat pays out twice, so something deep inside something else
 * that merely looks like a failure is not taken for one.
 * @param everywhere no depth is something else: the answer is one about several things
 */
export function saysFailure(body: JsonObject, everywhere = false): boolean {
	return failureIn(body, everywhere, MOST_WRAPPED);
}

/** Whether the body of a refusal says that the event was applied. */
export function saysSuccess(body: JsonObject): boolean {
	return members(body).some(
		([name, value]) =>
			((FLAGS.has(name) || LOOSE_FLAGS.has(name)) && value === true) || (STATUSES.has(name) && isGoodStatus(value)),
	);
}

function failureIn(value: unknown, everywhere: boolean, depth: number): boolean {
	if (typeof value !== "object" || value === null || depth === 0) return false;
	if (Array.isArray(value)) return value.some((item) => failureIn(item, everywhere, depth - 1));
	return members(value as JsonObject).some(
		([name, member]) =>
			isFailure(name, member) || ((everywhere || WRAPPERS.has(name)) && failureIn(member, everywhere, depth - 1)),
	);
}

function isFailure(name: string, value: unknown): boolean {
	return (
		(FLAGS.has(name) && value !== true) ||
		(LOOSE_FLAGS.has(name) && isNo(value)) ||
		(STATUSES.has(name) && isBadStatus(value)) ||
		(ERRORS.has(name) && isFilled(value))
	);
}

/** All of them, also where names differ in their capitals only. */
function members(body: JsonObject): [name: string, value: unknown][] {
	return Object.entries(body).map(([name, value]) => [plainName(name), value]);
}

function plainName(name: string): string {
	return name.toLowerCase().replaceAll("_", "").replaceAll("-", "");
}

function isNo(value: unknown): boolean {
	return (
		value === false || value === 0 || value === "0" || (typeof value === "string" && /^(?:false|no)$/i.test(value))
	);
}

function isBadStatus(value: unknown): boolean {
	if (typeof value === "number") return value >= 300 && value <= 599;
	if (typeof value !== "string") return value === false;
	if (isNo(value)) return value !== "0";
	const [first = ""] = value.toLowerCase().match(/[a-z0-9]+/) ?? [];
	return BAD_WORDS.has(first) || /^[345]\d\d$/.test(first);
}

function isGoodStatus(value: unknown): boolean {
	if (typeof value === "number") return value >= 200 && value <= 299;
	return typeof value === "string" && (GOOD_WORDS.has(value.toLowerCase()) || /^2\d\d$/.test(value));
}

/** `errors: []` and `error: {}` are how some servers say that there were none. */
function isFilled(value: unknown): boolean {
	if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
	return Boolean(value) && !isNo(value);
}
