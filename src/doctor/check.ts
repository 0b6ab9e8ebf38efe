/** `warn`: it works, but not as well as it could, or somebody should look. `fail`: something does not work. */
type Verdict = "ok" | "warn" | "fail";

/** One thing that was looked at. */
export interface Check {
	/** Short and stable, for programs: `schema`, `listen`, … Several checks may share one. */
	readonly name: string;
	readonly verdict: Verdict;
	/** What was found, in one line. Never a secret. */
	readonly message: string;
	/** What to do or to type; null when nothing. */
	readonly fix: string | null;
}

export function ok(name: string, message: string): Check {
	return { name, verdict: "ok", message, fix: null };
}

export function warn(name: string, message: string, fix: string): Check {
	return { name, verdict: "warn", message, fix };
}

export function fail(name: string, message: string, fix: string): Check {
	return { name, verdict: "fail", message, fix };
}

/** What an error says, for the message of a check. */
export function reasonOf(error: unknown): string {
	if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
	if (!(error instanceof Error)) return String(error);
	return error.message || String((error as { code?: unknown }).code ?? error.name);
}
