import type { FastifyReply } from "fastify";

/** What was wrong with one field of a request. */
export interface FieldProblem {
	/** Where: `query/limit`, `body/reason`. */
	readonly field: string;
	/** What was expected there. */
	readonly rule: string;
}

/** An error answer as it is said; type and title follow from the code. */
export interface ProblemInit {
	readonly status: number;
	/** Short and stable, for programs. */
	readonly code: string;
	/** What happened, for a person. Never holds a secret. */
	readonly detail: string;
	/** What to do about it. */
	readonly hint?: string | undefined;
	readonly errors?: readonly FieldProblem[] | undefined;
}

/** Thrown by whoever cannot do what was asked. */
export class ProblemError extends Error {
	readonly problem: ProblemInit;

	constructor(problem: ProblemInit, options: { readonly cause?: unknown } = {}) {
		super(problem.detail, options);
		this.name = "ProblemError";
		this.problem = problem;
	}
}

/** Answers with a problem (RFC 9457). */
export async function sendProblem(reply: FastifyReply, problem: ProblemInit): Promise<FastifyReply> {
	// As text: a route's own way of writing answers knows only those that it promises.
	const text = JSON.stringify(documentOf(problem));
	return await reply
		.code(problem.status)
		.type("application/problem+json; charset=utf-8")
		.serializer((payload: unknown) => payload as string)
		.send(text);
}

/** The document of a problem, as it is sent. */
export function documentOf({ status, code, detail, hint, errors }: ProblemInit) {
	const words = code.replaceAll("_", " ");
	return {
		type: `urn:reward-outbox:problem:${code}`,
		title: words.charAt(0).toUpperCase() + words.slice(1),
		status,
		detail,
		code,
		...(hint === undefined ? {} : { hint }),
		...(errors === undefined ? {} : { errors }),
	};
}
