import { InvalidEventError, InvalidPayloadError } from "./errors.ts";
import { nameOfKind } from "./identifier.ts";

/** Bounds the one parameter that carries them all to about 130 MB, half of what jsonb holds. */
const MAX_EVENTS = 1_000;

/**
 * Does something with each event, whose errors then say which event they are about. Promises are left to the caller to
 * await.
 */
export function withEachEvent<Result>(events: unknown, read: (event: unknown) => Result): Result[] {
	if (!Array.isArray(events)) {
		throw new InvalidEventError("events", "type", `must be an array, got ${nameOfKind(events)}`);
	}
	if (events.length > MAX_EVENTS) {
		throw new InvalidEventError(
			"events",
			"too_large",
			`must be at most ${MAX_EVENTS} in one call, got ${events.length}`,
		);
	}
	return Array.from(events, (event: unknown, index) => placed(index, () => read(event)));
}

function placed<Result>(index: number, read: () => Result): Result {
	try {
		const result = read();
		return result instanceof Promise ? (result.catch((error) => rethrowWithin(index, error)) as Result) : result;
	} catch (error) {
		return rethrowWithin(index, error);
	}
}

function rethrowWithin(index: number, error: unknown): never {
	if (!(error instanceof InvalidEventError)) throw error;
	const place = `events[${index}]`;
	const field = error.field === "event" ? place : `${place}.${error.field}`;
	if (error instanceof InvalidPayloadError) {
		throw new InvalidPayloadError(field, error.requirement, error.issues, { cause: error });
	}
	throw new InvalidEventError(field, error.rule, error.requirement, { cause: error });
}
