import { execFile as execFileCallback } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);
/** Shorter than a test may take, so that nothing it started outlives it. */
const TIMEOUT_MS = 100_000;

/** The application that has installed the packed package; see run.ts. */
export const APPLICATION = process.env["PACKED_APPLICATION"] as string;
export const PACKAGE = join(APPLICATION, "node_modules", "reward-outbox");
/** Tools of this folder's own package.json. */
export const TOOLS = join(import.meta.dirname, "node_modules");

/** Puts a file of the application's own next to what is installed, and answers its path. */
export async function file(name: string, content: string): Promise<string> {
	const path = join(APPLICATION, name);
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, content);
	return path;
}

/** An application of its own in a folder of its own, with the package and these tools in its node_modules. */
export async function applicationWith(name: string, tools: readonly string[]): Promise<string> {
	const folder = join(APPLICATION, name);
	await mkdir(join(folder, "node_modules"), { recursive: true });
	await cp(PACKAGE, join(folder, "node_modules", "reward-outbox"), { recursive: true });
	for (const tool of tools) {
		await cp(join(TOOLS, tool), join(folder, "node_modules", tool), { recursive: true, verbatimSymlinks: true });
	}
	return folder;
}

/** Runs a program of the tools, or any other, and answers what it printed; rejects when it failed. */
export async function run(
	command: string,
	args: readonly string[],
	environment: Readonly<Record<string, string>> = {},
	cwd: string = APPLICATION,
): Promise<{ stdout: string; stderr: string }> {
	const bounds = { timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 2 ** 26 } as const;
	return await execFile(command, args, { ...bounds, cwd, env: { ...process.env, ...environment } });
}

export function tool(name: string): string {
	return join(TOOLS, ".bin", name);
}
