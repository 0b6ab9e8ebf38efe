import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { OutboxError, UsageError } from "../errors.ts";
import { ProblemError, type ProblemInit, sendProblem } from "../http/problem.ts";
import { INTERNAL_ERROR } from "../http/server.ts";
import { type Logger, logEvents } from "../log.ts";
import { isAccessRefused, isCancelled, isForbidden, isTransient, sqlState } from "../store/database-error.ts";

const RETRY_AFTER_S = 5;

/** Answers whatever a route threw. What is ours goes to the log, and nothing of it to the client. */
export function answerFailure(logger: Logger) {
	return async (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
		const problem = problemOf(error);
		if (problem.status >= 500) {
			logEvents.httpFailed(logger, { method: request.method, route: request.routeOptions.url ?? "", err: error });
		}
		if (problem.status === 503) reply.header("retry-after", RETRY_AFTER_S);
		return await sendProblem(reply, problem);
	};
}

/** What a failure means for whoever asked. */
export function problemOf(error: unknown): ProblemInit {
	if (error instanceof ProblemError) return error.problem;
	if (error instanceof UsageError) {
		return { status: 400, code: "invalid_request", detail: error.message, hint: error.hint };
	}
	if (error instanceof OutboxError) {
		return { status: 503, code: error.code, detail: error.message, hint: error.hint };
	}
	const { statusCode = 500, message } = error as Partial<FastifyError>;
	if (statusCode < 400 || statusCode >= 500) return databaseProblem(error) ?? INTERNAL_ERROR;
	return { status: statusCode, code: CODES[statusCode] ?? "bad_request", detail: message ?? "bad request" };
}

const CODES: Readonly<Record<number, string>> = {
	413: "body_too_large",
	415: "unsupported_media_type",
	429: "too_many_requests",
};

const UNAVAILABLE = {
	status: 503,
	code: "database_unavailable",
	detail: "the database does not answer",
	hint: "try again in a moment; reward-outbox doctor says more",
} as const;

const TOO_SLOW = {
	status: 503,
	code: "too_slow",
	detail: "the search took too long and was given up, so that it does not slow delivery",
	hint: "narrow the search: name a status, a user or a key, or a shorter time (since, until)",
} as const;

function databaseProblem(error: unknown): ProblemInit | null {
	if (isCancelled(error) || isReadTimeout(error)) return TOO_SLOW;
	if (isForbidden(error)) {
		return {
			status: 503,
			code: "database_role",
			detail: "the console's database user may not do that",
			hint: "as the owner of the schema: GRANT reward_outbox_operator TO the user in the console's database URL",
		};
	}
	// A value that PostgreSQL cannot take (a time out of range, say) is the caller's mistake.
	const state = sqlState(error);
	if (state?.startsWith("22")) {
		return { status: 400, code: "invalid_request", detail: `the database refused a value (${state})` };
	}
	return isTransient(error) || isAccessRefused(error) ? UNAVAILABLE : null;
}

function isReadTimeout(error: unknown): boolean {
	return error instanceof Error && error.message === "Query read timeout";
}
