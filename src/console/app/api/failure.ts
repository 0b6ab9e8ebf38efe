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
		super([problem.detail ?? problem.title ?? "the request failed", ...fieldErrors(problem)].join("; "));
		this.name = "ApiFailure";
		this.status = status;
		this.hint = problem.hint ?? null;
		this.code = problem.code ?? "unknown";
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

function fieldErrors(problem: Partial<Problem>): string[] {
	return (problem.errors ?? []).map(({ field, rule }) => `${field.replace(/^(?:query|body|params)\//, "")} ${rule}`);
}

export function unreachable(): ApiFailure {
	return new ApiFailure(null, {
		detail: "The server does not answer.",
		hint: "Is the relay (or reward-outbox console) running, and is the network there? It is tried again by itself.",
		code: "unreachable",
	});
}

/** What a failed call is to a person: a sentence, and what to do. */
export function failureInWords(error: unknown): { readonly message: string; readonly hint: string | null } {
	if (error instanceof ApiFailure) return { message: error.message, hint: error.hint };
	return { message: error instanceof Error ? error.message : "something unexpected happened", hint: null };
}
