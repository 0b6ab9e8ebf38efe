import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** `script` of util-linux gives a command a terminal; the one of BSD and macOS takes other arguments. */
export const HAS_TERMINAL = process.platform === "linux";

/** A command on a terminal of its own. */
export interface OnTerminal {
	/** Everything it has written, escape sequences included. */
	readonly seen: () => string;
	/** Resolves when what was written satisfies the test. Rejects when it ends before. */
	shows(matches: (seen: string) => boolean): Promise<string>;
	/** Types it. */
	type(keys: string): void;
	readonly child: ChildProcess;
	readonly ended: Promise<{ readonly code: number | null; readonly seen: string }>;
}

export const CTRL_C = "\u0003";

/** The command line as a shell runs it. */
export function cliCommand(args: readonly string[]): string {
	return [process.execPath, CLI, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

export function onTerminal(args: readonly string[], env: Record<string, string> = {}, size = {}): OnTerminal {
	return runOnTerminal(cliCommand(args), env, size);
}

/** Any command of a shell on a terminal. */
export function runOnTerminal(
	command: string,
	env: Record<string, string> = {},
	{ columns = 120, rows = 40 }: { columns?: number; rows?: number } = {},
): OnTerminal {
	const child = spawn(
		"script",
		["--quiet", "--return", "--flush", "--command", `stty cols ${columns} rows ${rows}; exec ${command}`, "/dev/null"],
		{ env: { PATH: process.env["PATH"], TERM: "xterm", SHELL: "/bin/sh", ...env }, stdio: ["pipe", "pipe", "inherit"] },
	);
	let written = "";
	child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		written += chunk;
	});
	child.stdin.on("error", () => {});
	const ended = once(child, "close").then(([code]) => ({ code: code as number | null, seen: written }));
	const shows = async (matches: (seen: string) => boolean): Promise<string> => {
		while (!matches(written)) {
			const more = once(child.stdout, "data").then(() => null);
			const end = await Promise.race([more, ended]);
			if (end !== null && !matches(written)) throw new Error(`ended with ${end.code} before it was shown: ${written}`);
		}
		return written;
	};
	return { seen: () => written, shows, type: (keys) => child.stdin.write(keys), child, ended };
}
