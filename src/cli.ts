#!/usr/bin/env node
// The only file that touches the process. It has to parse on any Node that knows modules, however old: plain syntax
// here, and everything else is imported only after the version check.
import { fstatSync, writeSync } from "node:fs";
import process from "node:process";
import { Writable } from "node:stream";
import { nodeVersionProblem } from "./cli/node-version.ts";
import type { LogTarget } from "./log-buffer.ts";

const EXIT_SIGINT = 130;
const EXIT_SIGTERM = 143;
/** What the last lines of a log have to get to their reader: it may have stopped reading. */
const LAST_LINES_MS = 1_000;

const versionProblem = nodeVersionProblem(process.versions.node);
if (versionProblem === null) run();
else refuse(versionProblem);

function refuse(reason: string): void {
	process.stderr.write(`error: ${reason}\n`);
	process.exitCode = 1;
}

function run(): void {
	const stop = new AbortController();
	// Until a command asks for the stop signal nothing would react to it, so the process is ended at once.
	let stopsGracefully = false;
	let isLog = false;

	const stopOrExit = (exitCode: number) => {
		if (!stopsGracefully || stop.signal.aborted) process.exit(exitCode);
		stop.abort();
	};
	process.on("SIGINT", () => stopOrExit(EXIT_SIGINT));
	process.on("SIGTERM", () => stopOrExit(EXIT_SIGTERM));

	const stdout = output();
	let outputFailed = false;
	stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (isLog) return;
		// `reward-outbox … | head`: the reader has seen enough, which is no error. A daemon still gives its work back.
		if (error.code !== "EPIPE") {
			if (!outputFailed) process.stderr.write(outputFailure(error));
			outputFailed = true;
		}
		if (stopsGracefully) stop.abort();
		else exitWhenWritten(stdout, outputFailed ? 1 : 0);
	});
	// Nobody is left to be told.
	process.stderr.on("error", () => {});
	process.on("uncaughtException", crash);

	import("./cli/main.ts")
		.then(({ main }) =>
			main({
				argv: process.argv.slice(2),
				env: process.env,
				pid: process.pid,
				usage,
				stdin: process.stdin,
				stdout,
				stderr: process.stderr,
				stdinIsTerminal: process.stdin.isTTY === true,
				stdoutIsTerminal: process.stdout.isTTY === true,
				stderrIsTerminal: process.stderr.isTTY === true,
				columns: process.stdout.columns || 80,
				terminalSize: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
				onResize: (listener) => {
					process.stdout.on("resize", listener);
					return () => process.stdout.off("resize", listener);
				},
				onExit: (listener) => {
					process.on("exit", listener);
					return () => process.off("exit", listener);
				},
				takeLogOutput: () => {
					isLog = true;
					return logOutput();
				},
				takeStopSignal: () => {
					stopsGracefully = true;
					return stop.signal;
				},
				onHangup: (listener) => {
					process.on("SIGHUP", listener);
					return () => process.off("SIGHUP", listener);
				},
			}),
		)
		.then((exitCode) => {
			if (isLog) setTimeout(() => process.exit(exitCode), LAST_LINES_MS);
			// The last piece may have failed without anybody having been told yet.
			setImmediate(() => exitWhenWritten(stdout, exitCode || (outputFailed ? 1 : 0)));
		}, crash);
}

/**
 * Stdout as it takes what a command prints. What goes to a file or a device is written to its last byte, or has failed.
 */
function output(): NodeJS.WritableStream & Writable {
	if (!goesToFile()) return process.stdout;
	return new Writable({ write: (chunk: Buffer, _encoding, done) => writeToFile(chunk, done) });
}

function goesToFile(): boolean {
	const kind = fstatSync(process.stdout.fd);
	return !process.stdout.isTTY && !kind.isFIFO() && !kind.isSocket();
}

/** Two lines, as every failure is told. */
function outputFailure({ code, message }: NodeJS.ErrnoException): string {
	return `error: the output could not be written: ${message}\nhint: ${OUTPUT_HINTS[code ?? ""] ?? "what was printed is not complete"}\n`;
}

const OUTPUT_HINTS: Readonly<Record<string, string>> = {
	ENOSPC: "the disk that it goes to is full",
	EDQUOT: "the disk quota of this user is used up",
	EFBIG: "files may not be as large here (ulimit -f)",
	EIO: "the terminal or disk that it goes to is gone",
};

/** Stdout as it takes a log. Its errors are told with each line, and by no event. */
function logOutput(): LogTarget {
	if (goesToFile()) {
		// A file or a device: a stream would be of no use any more after its first error, also when there is room again.
		return { write: (text, done) => writeToFile(Buffer.from(text), done) };
	}
	// Node has terminals block, and one that is stopped (Ctrl-S) would stop all that this process does.
	(process.stdout as { _handle?: { setBlocking?(on: boolean): void } })._handle?.setBlocking?.(false);
	return { write: (text, done) => void process.stdout.write(text, done) };
}

function writeToFile(bytes: Buffer, done: (error?: Error) => void): void {
	try {
		for (let at = 0; at < bytes.length; ) at += writeSync(process.stdout.fd, bytes, at);
		done();
	} catch (error) {
		done(error as Error);
	}
}

function usage() {
	const { user, system } = process.cpuUsage();
	const { rss, heapUsed } = process.memoryUsage();
	const startedAtSeconds = performance.timeOrigin / 1000;
	return { cpuSeconds: (user + system) / 1_000_000, residentBytes: rss, heapBytes: heapUsed, startedAtSeconds };
}

/** What was written to a pipe may still be under way; exiting now would cut it off. */
function exitWhenWritten(stdout: Writable, exitCode: number): void {
	const exit = () => process.stderr.write("", () => process.exit(exitCode));
	if (stdout.destroyed || stdout.errored !== null) exit();
	else stdout.write("", exit);
}

/** A bug. The stack only, never the error's properties: those may hold a connection and its password. */
function crash(error: unknown): void {
	const stack = error instanceof Error ? error.stack : String(error);
	process.stderr.write(`error: internal error\n${stack}\n`, () => process.exit(1));
}
