import type { Environment } from "../config/environment.ts";
import type { LogTarget } from "../log-buffer.ts";
import type { ProcessUsage } from "../metrics/process-usage.ts";

/** What the process hands to the command line. Everything below src/cli.ts sees the process only through this. */
export interface ProcessSurface {
	/** Without the interpreter and the script. */
	readonly argv: readonly string[];
	readonly env: Environment;
	readonly pid: number;
	/** What the process takes of the machine at the moment. */
	usage(): Omit<ProcessUsage, "logLinesDropped">;
	readonly stdin: NodeJS.ReadableStream;
	readonly stdout: NodeJS.WritableStream;
	readonly stderr: NodeJS.WritableStream;
	readonly stdinIsTerminal: boolean;
	readonly stdoutIsTerminal: boolean;
	readonly stderrIsTerminal: boolean;
	/** Width of the terminal in characters; 80 when there is none. */
	readonly columns: number;
	/** The terminal as it is now; 80 by 24 when there is none. */
	terminalSize(): { readonly columns: number; readonly rows: number };
	/**
	 * Calls the listener whenever the terminal has another size.
	 *
	 * @returns A function that undoes it.
	 */
	onResize(listener: () => void): () => void;
	/**
	 * Calls the listener when the process ends, however it does short of SIGKILL. Only what is done at once is done then.
	 *
	 * @returns A function that undoes it.
	 */
	onExit(listener: () => void): () => void;
	/**
	 * The signal that aborts on the first SIGINT or SIGTERM, or when nobody reads stdout any more. Taking it is a
	 * promise to end by it: without it such a signal ends the process at once, and a second one always does.
	 */
	takeStopSignal(): AbortSignal;
	/**
	 * Takes stdout for a log. From then on nothing that happens to it ends the process or holds it up: neither a reader
	 * that is gone nor one that stopped reading, neither a full disk nor a dead terminal.
	 */
	takeLogOutput(): LogTarget;
	/**
	 * Calls the listener on SIGHUP, which then no longer ends the process.
	 *
	 * @returns A function that undoes it.
	 */
	onHangup(listener: () => void): () => void;
}

/** What a command works with. */
export interface CommandContext extends ProcessSurface {
	/** Whether stdout takes colours: a terminal, and NO_COLOR is not set. */
	readonly colour: boolean;
	/** Lets a command that has printed its result end with 1 instead of 0, e.g. when a check found something. */
	failQuietly(): void;
}

/** Colours only on a terminal that can show them, and never against NO_COLOR (https://no-color.org). */
export function wantsColour(env: Environment, isTerminal: boolean): boolean {
	return isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
