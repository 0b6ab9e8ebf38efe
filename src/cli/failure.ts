import { CommanderError } from "commander";
import { connectionAdvice } from "../connection/advice.ts";
import { ConfigurationError, OutboxError, problemLine, UsageError } from "../errors.ts";
import { escapeForTerminal } from "../escape.ts";
import { redactSecrets } from "../redact.ts";
import type { CommandContext } from "./context.ts";

const EXIT_DONE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const MESSAGE_CAP = 1000;

/** How a command that did not succeed is presented. */
export interface Failure {
	readonly exitCode: number;
	/** One line each, without `error:`; empty when there is nothing to say. */
	readonly errors: readonly string[];
	readonly hint: string | null;
	/** Only for bugs, and only when debugging. */
	readonly stack: string | null;
}

/** Turns whatever a command threw into what is printed and the exit code. */
export function describeFailure(error: unknown, context: Pick<CommandContext, "env" | "takeStopSignal">): Failure {
	if (error instanceof CommanderError) return usageFailure(error);
	if (error instanceof ConfigurationError) {
		return failure(EXIT_USAGE, error.problems.map(problemLine), error.hint);
	}
	if (error instanceof UsageError) return failure(EXIT_USAGE, [error.message], error.hint);
	if (error instanceof OutboxError) return failure(EXIT_FAILED, [error.message], error.hint);
	// Ctrl-C in a command that handles it is a wish fulfilled, not a failure.
	if (isAbort(error) && context.takeStopSignal().aborted) return failure(EXIT_DONE, [], undefined);
	return unexpectedFailure(error, context.env["LOG_LEVEL"]);
}

function failure(exitCode: number, errors: readonly string[], hint: string | undefined): Failure {
	return {
		exitCode,
		errors: errors.map(presentable),
		hint: hint === undefined ? null : presentable(hint),
		stack: null,
	};
}

/** Commander ends `--help` and `--version` by throwing too; those have printed what was asked for. */
function usageFailure(error: CommanderError): Failure {
	if (error.exitCode === 0) return failure(EXIT_DONE, [], undefined);
	// Without a command the help text has been printed, which says more than a message.
	if (error.code === "commander.help") return failure(EXIT_USAGE, [], undefined);
	const [message = "", ...suggestions] = error.message.split("\n");
	const suggestion = suggestions.join(" ").replace(/^\(|\)$/g, "");
	return failure(EXIT_USAGE, [message.replace(/^error: /, "")], suggestion || "see --help for what is accepted");
}

function unexpectedFailure(error: unknown, logLevel: string | undefined): Failure {
	const described = failure(EXIT_FAILED, [messageOf(error)], hintFor(error));
	const debugging = logLevel === "debug" || logLevel === "trace";
	const stack = debugging && error instanceof Error ? (error.stack ?? null) : null;
	return { ...described, stack: stack === null ? null : redactSecrets(stack) };
}

function messageOf(error: unknown): string {
	// Node reports a connection refused on every address as an error without a message of its own.
	if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
	if (error instanceof Error) return error.message || codeOf(error) || error.name;
	return String(error);
}

function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

const HINTS: Readonly<Record<string, string>> = {
	EADDRINUSE: "another process listens there; choose another port, or port 0 for a free one",
	EACCES: "this user may not do that; ports below 1024 need privileges",
	EADDRNOTAVAIL: "this machine does not have that address",
};

function hintFor(error: unknown): string {
	return HINTS[codeOf(error)] ?? connectionAdvice(error) ?? "LOG_LEVEL=debug shows where it comes from";
}

function isAbort(error: unknown): boolean {
	return error instanceof Error && error.name === "AbortError";
}

function presentable(text: string): string {
	return escapeForTerminal(redactSecrets(text), MESSAGE_CAP);
}
