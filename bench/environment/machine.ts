import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { now } from "../clock.ts";
import { median } from "../statistics.ts";

export interface Machine {
	readonly system: string;
	readonly processors: string;
	readonly memoryGiB: number;
	readonly node: string;
	/** Median time of one 8 KiB write with fdatasync where temporary files are. */
	readonly fdatasyncMs: number;
}

export function describeMachine(): Machine {
	const all = cpus();
	return {
		system: `${type()} ${release().replace(/-.*/, "")}`,
		processors: `${all.length} x ${all[0]?.model.trim() ?? "unknown"}`,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		node: process.versions.node,
		fdatasyncMs: measureFdatasync(),
	};
}

/**
 * The commit that was measured, `+` after it if files differ from it; null outside of a repository or before its first
 * commit.
 */
export function gitRevision(): string | null {
	const git = (...command: string[]) =>
		execFileSync("git", command, {
			cwd: import.meta.dirname,
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		}).trim();
	try {
		const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", "../src", "../migrations");
		return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+"}`;
	} catch {
		return null;
	}
}

function measureFdatasync(): number {
	const path = join(tmpdir(), `reward-outbox-bench-fdatasync-${process.pid}`);
	const file = openSync(path, "w");
	try {
		const block = Buffer.alloc(8192);
		const times = Array.from({ length: 100 }, () => {
			const before = now();
			writeSync(file, block, 0, block.length, 0);
			fdatasyncSync(file);
			return now() - before;
		});
		return median(times);
	} finally {
		closeSync(file);
		unlinkSync(path);
	}
}
