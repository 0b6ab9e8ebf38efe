import type { Problem } from "../../../api/schema/problem.ts";

/** A call that the server refused, or that never reached it. */
export class ApiFailure extends Error {
	/** HTTP status; null: no answer came. */
	readonly status: number | null;
	/** What to do about it; null: nothing particular. */
	readonly hint: string | null;
	readonly code: string;
	/** Seconds to wait before trying again, when the server says so. */
	readonly retryAfterSeconds: number | null;

	constructor(status: number | null, problem: Partial<Problem>, retryAfterSeconds: number | null = null) {
		super(messageOf(problem));
		this.name = "ApiFailure";
		this.status = status;
		this.hint = problem.hint ?? null;
		this.code = problem.code ?? "unknown";
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

/** The server's detail tells the same as its list of fields, for programs; a person reads it once. */
function messageOf({ detail, title, errors = [] }: Partial<Problem>): string {
	const isTold = errors.every(({ rule }) => detail?.includes(rule));
	if (detail !== undefined && (errors.length === 0 || !isTold)) return [detail, ...fieldErrors(errors)].join("; ");
	return errors.length > 0 ? fieldErrors(errors).join("; ") : (title ?? "the request failed");
}

/** `since must be …`: where a field is in the request says nothing to a person. */
function fieldErrors(errors: NonNullable<Problem["errors"]>): string[] {
	return errors.map(({ field, rule }) => `${field.replace(/^(?:query|body|path)\/(?:filter\/)?/, "")} ${rule}`);
}

/** @param changes whether the call may have changed something before its answer was lost */
export function unreachable(changes: boolean): ApiFailure {
	const cause = "Is the relay (or reward-outbox console) running, and is the network there?";
	return new ApiFailure(null, {
		detail: "The server does not answer.",
		hint: changes ? `${cause} It may have been done all the same: look before you repeat it.` : cause,
		code: "unreachable",
	});
}

/** How often a question is repeated that may be answered a moment later. The page says so in seconds. */
export const AGAIN_EVERY_MS = 5000;

/** Whether the same call may succeed a moment later. What was refused, or took too long, is refused again. */
export function isPassing(error: unknown): boolean {
	if (!(error instanceof ApiFailure)) return false;
	const { status, code } = error;
	return status === null || status === 429 || (status >= 500 && code !== "too_slow");
}

/** What a failed call is to a person: a sentence, and what to do. */
export function failureInWords(error: unknown): { readonly message: string; readonly hint: string | null } {
	if (error instanceof ApiFailure) return { message: error.message, hint: error.hint };
	return { message: error instanceof Error ? error.message : "something unexpected happened", hint: null };
}
