import type { JsonObject } from "./response-body.ts";

const BAD_WORDS = new Set([
	"error",
	"errored",
	"fail",
	"failed",
	"failure",
	"rejected",
	"refused",
	"denied",
	"invalid",
	"ko",
	"nok",
]);
const GOOD_WORDS = new Set(["ok", "success", "successful", "accepted", "created", "applied", "recorded"]);
const FLAGS = ["success", "ok"] as const;
const STATUSES = ["status", "statuscode", "status_code", "code"] as const;
const ERRORS = ["error", "errors"] as const;

/**
 * Whether the body of a 2xx says that the event was not applied after all. Only its top level is read: a doubt costs a
 * repeat, and a repeat pays out twice, so something deep inside that merely looks like a failure is not taken for one.
 */
export function saysFailure(body: JsonObject): boolean {
	const fields = byLowerCase(body);
	return (
		FLAGS.some((name) => fields.has(name) && fields.get(name) !== true) ||
		STATUSES.some((name) => isBadStatus(fields.get(name))) ||
		ERRORS.some((name) => isFilled(fields.get(name)))
	);
}

/** Whether the body of a refusal says that the event was applied. */
export function saysSuccess(body: JsonObject): boolean {
	const fields = byLowerCase(body);
	return FLAGS.some((name) => fields.get(name) === true) || STATUSES.some((name) => isGoodStatus(fields.get(name)));
}

function byLowerCase(body: JsonObject): ReadonlyMap<string, unknown> {
	return new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
}

function isBadStatus(value: unknown): boolean {
	if (value === false) return true;
	if (typeof value === "number") return value >= 300 && value <= 599;
	return typeof value === "string" && (BAD_WORDS.has(value.toLowerCase()) || /^[345]\d\d$/.test(value));
}

function isGoodStatus(value: unknown): boolean {
	if (typeof value === "number") return value >= 200 && value <= 299;
	return typeof value === "string" && (GOOD_WORDS.has(value.toLowerCase()) || /^2\d\d$/.test(value));
}

/** `errors: []` and `error: {}` are how some servers say that there were none. */
function isFilled(value: unknown): boolean {
	if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
	return Boolean(value);
}
