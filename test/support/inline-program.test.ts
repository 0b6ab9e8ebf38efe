import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../relay/running.ts";
import { runInlineProgram } from "./inline-program.ts";

const HELPER = new URL("./inline-program.ts", import.meta.url).href;
const SPINNING = `
import { renameSync, writeFileSync } from "node:fs";
writeFileSync(process.argv[1] + ".new", String(process.pid));
renameSync(process.argv[1] + ".new", process.argv[1]);
for (;;) await new Promise(setImmediate);`;

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

test("a program that never ends ends when whoever started it is killed", async () => {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-inline-"));
	try {
		const file = join(folder, "pid");
		const starting = `
import { runInlineProgram } from ${JSON.stringify(HELPER)};
await runInlineProgram(${JSON.stringify(SPINNING)}, [${JSON.stringify(file)}]);`;
		const starter = spawn(process.execPath, ["--input-type=module", "--eval", starting], { stdio: "ignore" });
		await until("it runs", () => existsSync(file));
		const pid = Number(readFileSync(file, "utf8"));
		expect(isRunning(pid)).toBe(true);
		starter.kill("SIGKILL");
		await once(starter, "exit");
		await until("it is gone", () => !isRunning(pid));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

test("a program gets its arguments, and what it prints is answered", async () => {
	const { stdout } = await runInlineProgram("console.log(process.argv.slice(1).join())", ["a", "b"]);
	expect(stdout).toBe("a,b\n");
});
