/** Why a request did not end in a complete response: what is known of an error below us. */
export interface Failure {
	/** A short stable code, e.g. `ECONNREFUSED`, `UND_ERR_SOCKET`, `deadline`. */
	readonly code: string;
	/** Not yet redacted or capped. */
	readonly message: string;
}

/** Bytes came, and they are no HTTP: something else answers than is expected there. */
const MALFORMED_RESPONSE = "malformed_response";

/** The code and the message of whatever was thrown. */
export function failureOf(error: unknown): Failure {
	if (!(error instanceof Error)) return { code: "unknown", message: String(error) };
	// A name with several addresses fails with one error for each of them and no message of its own.
	const shown = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
	return {
		code: codeOf(error),
		message: shown instanceof Error ? shown.message : String(shown),
	};
}

/**
 * What undici says of an answer that it cannot make sense of, in several ways: by a parser, by its own checks, by
 * ending the connection.
 */
const NONSENSE = /^(?:HPE_|HTTPParserError$|ERR_ASSERTION$)/;
const NONSENSE_MESSAGES: ReadonlySet<string> = new Set(["bad response", "bad upgrade"]);

function codeOf(error: Error): string {
	const { code } = error as { code?: unknown };
	const known = typeof code === "string" ? code : error.name;
	const isNonsense = NONSENSE.test(known) || (known === "UND_ERR_SOCKET" && NONSENSE_MESSAGES.has(error.message));
	return isNonsense ? MALFORMED_RESPONSE : known;
}
