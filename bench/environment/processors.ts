import { execFile as execFileCallback } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { promisify } from "node:util";
import type pg from "pg";

const execFile = promisify(execFileCallback);

/** Which processors the application and its database run on, and which the relay with all that is its own. */
export interface Processors {
	readonly application: string;
	readonly relay: string;
	readonly all: string;
}

/** Null: there is only one, or no taskset. */
export async function shareProcessors(): Promise<Processors | null> {
	const count = cpus().length;
	const taskset = await execFile("taskset", ["--version"]).then(
		() => true,
		() => false,
	);
	if (!taskset || count < 2) return null;
	const half = count >> 1;
	return { application: range(0, half - 1), relay: range(half, count - 1), all: range(0, count - 1) };
}

/** All threads of these processes; children to come inherit it. A process that has ended is none. */
export async function pin(processors: string, pids: readonly number[]): Promise<void> {
	await Promise.all(
		pids.map((pid) =>
			execFile("taskset", ["--all-tasks", "--cpu-list", "--pid", processors, String(pid)]).catch(() => {}),
		),
	);
}

/** The postmaster and all its children. */
export function serverProcesses(postmaster: number): number[] {
	const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8");
	return [postmaster, ...children.split(" ").filter(Boolean).map(Number)];
}

/** The server's processes for a relay's sessions. */
export async function relayBackends(client: pg.Client): Promise<number[]> {
	const { rows } = await client.query<{ pid: number }>(
		"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'reward-outbox%'",
	);
	return rows.map(({ pid }) => pid);
}

function range(first: number, last: number): string {
	return first === last ? String(first) : `${first}-${last}`;
}
