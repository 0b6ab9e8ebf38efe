import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { ProblemError } from "../http/problem.ts";

/** Of one token, so that a script gone wrong leaves something for people. */
export const REQUESTS_PER_MINUTE = 1200;

const HIDDEN = { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false } as const;
const TOO_MANY_REQUESTS = {
	status: 429,
	code: "too_many_requests",
	detail: "this token has sent too many requests within a minute",
} as const;

/** Bounds how many requests of one token, or of an address without any, are answered in a minute. */
export async function limitRequests(scope: FastifyInstance, max: number): Promise<void> {
	await scope.register(rateLimit, {
		max,
		timeWindow: 60_000,
		keyGenerator: (request) => request.admission.identity?.name ?? `address ${request.clientAddress}`,
		addHeaders: HIDDEN,
		addHeadersOnExceeding: HIDDEN,
		errorResponseBuilder: () => new ProblemError(TOO_MANY_REQUESTS),
	});
}
