import { execFile as execFileCallback } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);

/** Backends lead sessions of their own, so signalling the postmaster's process group would not reach them. */
export async function childrenOf(pid: number): Promise<number[]> {
	if (process.platform === "linux") {
		// Not `ps`: a slim container has none.
		const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
		return children.split(" ").filter(Boolean).map(Number);
	}
	const { stdout } = await execFile("ps", ["-A", "-o", "pid=,ppid="]);
	const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
	return rows.flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

/** Not being there any more is fine. */
export function killIfAlive(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}
