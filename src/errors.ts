/** What an {@link OutboxError} may carry besides its message. */
export interface OutboxErrorOptions {
	/** What the reader can do about it, in one line. Left out when there is nothing useful to say. */
	readonly hint?: string;
	/** The error behind this one. */
	readonly cause?: unknown;
}

/**
 * The base of every error this package throws on purpose. `message` says what is wrong in one line, `hint` what to do
 * about it. Neither ever holds a secret or a payload.
 */
export class OutboxError extends Error {
	/** Written out in every class: what a bundler makes of the class's own name is not what people look for. */
	static override readonly name: string = "OutboxError";

	/** Short and stable, for programs: `usage`, `configuration`, … */
	readonly code: string;
	readonly hint: string | undefined;

	constructor(code: string, message: string, options: OutboxErrorOptions = {}) {
		super(message, "cause" in options ? { cause: options.cause } : undefined);
		this.name = new.target.name;
		this.code = code;
		this.hint = options.hint;
	}
}

/** The command line was used wrongly. Exit code 2. */
export class UsageError extends OutboxError {
	static override readonly name: string = "UsageError";

	constructor(message: string, options: OutboxErrorOptions = {}) {
		super("usage", message, options);
	}
}

/** One thing that is wrong with the settings. */
export interface ConfigurationProblem {
	/** The variable to change, e.g. `REWARD_OUTBOX_CONCURRENCY`; of a relay that was created by a program, its option. */
	readonly variable: string;
	/** What was expected and, unless it may be a secret, what was found. */
	readonly message: string;
}

/** The settings are not usable. Lists every problem at once. Exit code 2. */
export class ConfigurationError extends OutboxError {
	static override readonly name: string = "ConfigurationError";

	/** At least one. */
	readonly problems: readonly ConfigurationProblem[];

	constructor(problems: readonly ConfigurationProblem[], options: OutboxErrorOptions = {}) {
		super("configuration", problems.map(problemLine).join("; "), options);
		this.problems = problems;
	}
}

/** `VARIABLE: what was expected`, as it is shown to people. */
export function problemLine(problem: ConfigurationProblem): string {
	return `${problem.variable}: ${problem.message}`;
}
