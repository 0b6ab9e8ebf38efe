import { readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** Processor seconds a process has used so far, all threads; null: this system does not tell. */
export function processSeconds(pid: number): number | null {
	return ticksOf(pid, false);
}

/** Processor seconds of a PostgreSQL server: the postmaster, its children, and those that have ended. */
export function serverSeconds(postmaster: number | null): number | null {
	if (postmaster === null) return null;
	const own = ticksOf(postmaster, true);
	if (own === null) return null;
	try {
		const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8");
		return children
			.split(" ")
			.filter(Boolean)
			.reduce((sum, child) => sum + (ticksOf(Number(child), false) ?? 0), own);
	} catch {
		return null;
	}
}

/** Resident memory of a process in MiB; null: this system does not tell. */
export function residentMiB(pid: number): number | null {
	try {
		const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
		return match === null ? null : Number(match[1]) / 1024;
	} catch {
		return null;
	}
}

/** Share of the whole machine's processors in use since the last call, 0 to 1. */
export function createMachineLoad(): () => number | null {
	let before = machineTicks();
	return () => {
		const after = machineTicks();
		const earlier = before;
		before = after;
		if (earlier === null || after === null || after.all === earlier.all) return null;
		return 1 - (after.idle - earlier.idle) / (after.all - earlier.all);
	};
}

function machineTicks(): { readonly all: number; readonly idle: number } | null {
	try {
		const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
		const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
		return { all: ticks.reduce((sum, value) => sum + value, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) };
	} catch {
		return null;
	}
}

function ticksOf(pid: number, withEnded: boolean): number | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The name in parentheses may contain spaces; what follows it does not.
		const fields = stat
			.slice(stat.lastIndexOf(")") + 2)
			.split(" ")
			.map(Number);
		const [user, system, endedUser, endedSystem] = fields.slice(11, 15) as [number, number, number, number];
		return (user + system + (withEnded ? endedUser + endedSystem : 0)) / TICKS_PER_SECOND;
	} catch {
		return null;
	}
}
