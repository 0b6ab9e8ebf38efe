import { execFile as execFileCallback } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { startCli } from "./run-cli.ts";

const execFile = promisify(execFileCallback);
const TIMEOUT_MS = 90_000;

/** A temporary directory of its own, so that what is left behind is this demo's. */
async function startDemo(...args: string[]) {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-test-demo-"));
	const mode = await execFile("chmod", ["755", folder]);
	expect(mode.stderr).toBe("");
	const demo = startCli(["demo", ...args], { TMPDIR: folder });
	return {
		...demo,
		/** Resolves when the demo's files are gone; its keeper may take a moment longer than the demo. */
		async isCleanedUp() {
			const deadline = performance.now() + 10_000;
			for (;;) {
				const left = await readdir(folder);
				if (left.length === 0) return true;
				if (performance.now() > deadline) throw new Error(`left behind: ${left.join(", ")}`);
				await sleep(50);
			}
		},
		[Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
	};
}

describe("reward-outbox demo", () => {
	test("--once shows purchases committed, rolled back, failing and delivered", { timeout: TIMEOUT_MS }, async () => {
		await using demo = await startDemo("--once");
		const { code, stdout, stderr } = await demo.ended;
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).not.toContain("\u001b");
		expect(stdout).toMatch(/COMMIT +order 1, ada, 19\.99/);
		expect(stdout).toMatch(/ROLLBACK +order 10, mallory/);
		expect(stdout).toMatch(/reported twice .*: one event/);
		expect(stdout).toMatch(/→ failed +order .*again in \d+ ms/);
		expect(stdout.match(/^[0-9a-f-]{36} .* delivered +\d+ /gm)).toHaveLength(10);
		expect(stdout).toContain("The purchase that was rolled back was never sent.");
		expect(stdout).toContain("The sandbox received exactly 10 events, each of them once.");
		expect(await demo.isCleanedUp()).toBe(true);
	});

	test("goes on selling until SIGTERM, then ends with 0", { timeout: TIMEOUT_MS }, async () => {
		await using demo = await startDemo();
		await demo.line((line) => line.includes("Ctrl-C ends the demo"));
		await demo.line((line) => /→ delivered +order 12,/.test(line));
		const url = /http:\S+\/console\//.exec(await demo.line((line) => line.includes("The console:")))?.[0] as string;
		const token = /token (\S+)/.exec(await demo.line((line) => line.includes("sign in with the token")))?.[1];
		const overview = await fetch(new URL("/api/v1/overview", url), { headers: { authorization: `Bearer ${token}` } });
		expect(await overview.json()).toMatchObject({ relays: [{ listener: "listening" }] });
		demo.child.kill("SIGTERM");
		expect(await demo.ended).toMatchObject({ code: 0, stderr: "" });
		expect(await demo.isCleanedUp()).toBe(true);
	});

	test("leaves nothing behind when it is killed", { timeout: TIMEOUT_MS }, async () => {
		await using demo = await startDemo();
		await demo.line((line) => line.includes("COMMIT"));
		demo.child.kill("SIGKILL");
		expect((await demo.ended).signal).toBe("SIGKILL");
		expect(await demo.isCleanedUp()).toBe(true);
	});
});
