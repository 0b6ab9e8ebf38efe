import { readdir, readFile, readlink } from "node:fs/promises";

/**
 * Which of some processes has the TCP connection that comes from this local port. Linux only; elsewhere, and when there
 * is none: null.
 */
export async function ownerOfPort(port: number, pids: readonly number[]): Promise<number | null> {
	const inode = await inodeOf(port);
	if (inode === null) return null;
	for (const pid of pids) {
		const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
		const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
		if (targets.includes(`socket:[${inode}]`)) return pid;
	}
	return null;
}

async function inodeOf(port: number): Promise<string | null> {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const table = await readFile("/proc/net/tcp", "utf8").catch(() => "");
	const line = table.split("\n").find((row) => row.trim().split(/\s+/)[1]?.endsWith(`:${hex}`));
	return line?.trim().split(/\s+/)[9] ?? null;
}
