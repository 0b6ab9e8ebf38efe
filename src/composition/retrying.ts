import pRetry from "p-retry";
import { isAccessRefused, isTransient } from "../store/database-error.ts";

/** Settling and giving back are repeated until PostgreSQL has taken them: what was sent must get onto the record. */
export function persist<T>(statement: () => Promise<T>, onFailure?: (error: unknown) => void): Promise<T> {
	return pRetry(statement, {
		retries: Number.POSITIVE_INFINITY,
		minTimeout: 50,
		maxTimeout: 1_000,
		randomize: true,
		shouldRetry: ({ error }) => isTransient(error) || isAccessRefused(error),
		onFailedAttempt: ({ error }) => onFailure?.(error),
	});
}

/** Opens the listening connection again and again until one has worked, or the signal ends it. */
export function reconnect(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
	return pRetry(attempt, {
		retries: Number.POSITIVE_INFINITY,
		minTimeout: 100,
		maxTimeout: 1_000,
		randomize: true,
		signal,
	});
}
