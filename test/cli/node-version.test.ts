import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeVersionProblem } from "../../src/cli/node-version.ts";

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

describe("which Node is new enough", () => {
	test.each([
		["22.18.0", true],
		["22.19.1", true],
		["24.0.0", true],
		["100.0.0", true],
		["23.0.0-nightly", true],
		["22.17.9", false],
		["20.20.2", false],
		["18.0.0", false],
		["9.99.0", false],
	])("%s: %s", (version, enough) => {
		expect(nodeVersionProblem(version)).toBe(
			enough ? null : `reward-outbox needs Node.js 22.18 or newer, this is ${version}`,
		);
	});
});

/** A Node on this machine that is too old, if there is one. */
async function findOldNode(): Promise<string | null> {
	for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
		const candidate = join(folder, "node");
		try {
			accessSync(candidate, constants.X_OK);
			const { stdout } = await run(candidate, ["--version"]);
			if (nodeVersionProblem(stdout.trim().slice(1)) !== null) return candidate;
		} catch {
			// Not a Node: not a candidate.
		}
	}
	return null;
}

const oldNode = await findOldNode();

describe.skipIf(oldNode === null)("the built command line on an old Node", () => {
	let built: string;

	beforeAll(async () => {
		built = await mkdtemp(join(tmpdir(), "reward-outbox-built-"));
		const options = ["--noCheck", "--declaration", "false", "--outDir", join(built, "dist")];
		const tsc = join(REPOSITORY, "node_modules", "typescript", "bin", "tsc");
		await run(process.execPath, [tsc, "-p", join(REPOSITORY, "tsconfig.build.json"), ...options]);
		await writeFile(join(built, "package.json"), '{ "type": "module", "version": "0.0.0" }');
	});
	afterAll(async () => await rm(built, { recursive: true }));

	test("is refused with one clear line and exit code 1", async () => {
		const cli = join(built, "dist", "cli.js");
		const error = await run(oldNode ?? "", [cli, "--help"]).catch((thrown) => thrown);
		expect(error).toMatchObject({ code: 1, stdout: "" });
		expect(error.stderr).toMatch(/^error: reward-outbox needs Node\.js 22\.18 or newer, this is [0-9.]+\n$/);
	});
});
