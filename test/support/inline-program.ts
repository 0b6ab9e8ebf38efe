import { execFile as execFileCallback } from "node:child_process";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);
/** Far longer than such a program takes, and shorter than a test may. */
const TIMEOUT_MS = 30_000;
/** Its standard input ends when whoever started it is gone, however it went. */
const ENDS_WITH_ITS_PARENT = `data:text/javascript,${encodeURIComponent(
	'process.stdin.on("end", () => process.exit(1)).on("error", () => process.exit(1)).resume().unref();',
)}`;

/** Runs the text of a module in a process of its own, which outlives neither its time nor the test. */
export async function runInlineProgram(
	program: string,
	args: readonly string[] = [],
	environment: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
	const options = ["--import", ENDS_WITH_ITS_PARENT, "--input-type=module", "--eval", program];
	const bounds = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" } as const;
	const env = { ...process.env, ...environment };
	return await execFile(process.execPath, [...options, ...args], { ...bounds, env });
}
