/** Why a request did not end in a complete response: what is known of an error below us. */
export interface Failure {
	/** A short stable code, e.g. `ECONNREFUSED`, `UND_ERR_SOCKET`, `deadline`. */
	readonly code: string;
	/** Not yet redacted or capped. */
	readonly message: string;
}

/** The code and the message of whatever was thrown. */
export function failureOf(error: unknown): Failure {
	if (!(error instanceof Error)) return { code: "unknown", message: String(error) };
	// A name with several addresses fails with one error for each of them and no message of its own.
	const shown = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
	const { code } = error as { code?: unknown };
	return {
		code: typeof code === "string" ? code : error.name,
		message: shown instanceof Error ? shown.message : String(shown),
	};
}
