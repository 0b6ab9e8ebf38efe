import { expect, test } from "vitest";
import { runInlineProgram } from "../support/inline-program.ts";

const RELAY = new URL("../../src/composition/index.ts", import.meta.url).href;

/** Lets a relay find its key unreadable, and answers what went to stdout and stderr. */
async function output(logger: string): Promise<{ stdout: string; stderr: string }> {
	const program = `
import { createRelay } from ${JSON.stringify(RELAY)};
const keys = ["sk_test_abc"];
const relay = await createRelay({
	databaseUrl: "postgres://app:s3cretword@127.0.0.1:1/none",
	rewardApiKey: () => keys.pop() ?? "sk_test_s3cret word",
	${logger}
});
await relay.reloadKey();
await relay.stop(0);`;
	return await runInlineProgram(program);
}

test("a relay without a logger says on stderr what is wrong, one JSON line each, and nothing on stdout", async () => {
	const { stdout, stderr } = await output("");
	expect(stdout).toBe("");
	const lines = stderr
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line) as { level: string; msg: string });
	expect(lines.map(({ msg }) => msg)).toContain("api key could not be read again, the old one stays in use");
	expect(lines.every(({ level }) => ["warn", "error", "fatal"].includes(level))).toBe(true);
	expect(stderr).not.toContain("s3cret");
});

test("logger: null is silent", async () => {
	expect(await output("logger: null,")).toEqual({ stdout: "", stderr: "" });
});
