import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** How a run of the command line ended. */
export interface Ended {
	/** Null when a signal ended it. */
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** A running command line: a real process of the Node that runs the tests, on the source. */
export interface RunningCli {
	readonly child: ChildProcess;
	/** The first line of stdout that satisfies the test. Rejects when the process ends without one. */
	line(matches: (line: string) => boolean): Promise<string>;
	readonly ended: Promise<Ended>;
}

/**
 * Starts it with nothing in the environment but what Node needs and what the test gives.
 * @param program another version of it; default: this one
 */
export function startCli(
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
	program = CLI,
): RunningCli {
	const child = spawn(process.execPath, [program, ...args], {
		env: { PATH: process.env["PATH"], ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const { stdout, stderr } = child;
	let seen = "";
	stdout.setEncoding("utf8").on("data", (chunk: string) => {
		seen += chunk;
	});
	const complaints = text(stderr);
	const ended = once(child, "close").then(async ([code, signal]) => {
		return { code, signal, stdout: seen, stderr: await complaints };
	});
	const line = async (matches: (line: string) => boolean): Promise<string> => {
		for (;;) {
			// Only what ends in a line break: the rest of a line may still be on its way.
			const found = seen.split("\n").slice(0, -1).find(matches);
			if (found !== undefined) return found;
			const more = once(stdout, "data").then(() => null);
			const end = await Promise.race([more, ended]);
			if (end !== null) throw new Error(`ended with ${end.code} before the line came: ${end.stdout}${end.stderr}`);
		}
	};
	return { child, line, ended };
}

/** The same, with everything it says in a file: for what runs long. */
export function startCliInto(
	file: string,
	args: readonly string[],
	env: Readonly<Record<string, string>>,
	program = CLI,
): RunningCli {
	const out = openSync(file, "a");
	const child = spawn(process.execPath, [program, ...args], {
		env: { PATH: process.env["PATH"], ...env },
		stdio: ["ignore", out, out],
	});
	closeSync(out);
	const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stdout: "", stderr: "" }) as Ended);
	const line = () => Promise.reject(new Error(`what it says is in ${file}`));
	return { child, line, ended };
}

/** Runs it to its end. */
export async function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
	return await startCli(args, env).ended;
}
