import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { runCli, startCli } from "./run-cli.ts";

describe("help and version", () => {
	test("--version prints the package's version", async () => {
		const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
		expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
	});

	test.each([["--help"], ["sandbox", "--help"], ["help", "sandbox"]])(
		"%s %s explains, with an example",
		async (...args) => {
			const { code, stdout, stderr } = await runCli(args);
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			expect(stdout).toMatch(/^Usage: reward-outbox /);
			expect(stdout).toMatch(/^Examples:\n {2}\$ /m);
			expect(stdout).not.toContain("\u001b");
		},
	);

	test("a broken environment does not stop --help", async () => {
		expect(await runCli(["--help"], { REWARD_OUTBOX_NOPE: "1", LOG_LEVEL: "loud" })).toMatchObject({ code: 0 });
	});

	test("no command at all is wrong usage and shows the help", async () => {
		const { code, stdout, stderr } = await runCli([]);
		expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
		expect(stderr).toMatch(/^Usage: reward-outbox /);
	});
});

describe("wrong usage", () => {
	test.each([
		[["--nope"], /^error: unknown option '--nope'\nhint: .+\n$/],
		[["sandbx"], /^error: unknown command 'sandbx'\nhint: Did you mean sandbox\?\n$/],
		[["sandbox", "--prot", "1"], /^error: unknown option '--prot'\nhint: Did you mean --port\?\n$/],
		[["sandbox", "extra"], /^error: too many arguments.*\nhint: .+\n$/],
		[["sandbox", "--port"], /^error: option '--port <n>' argument missing\nhint: .+\n$/],
		[["sandbox", "--port", "80a"], /^error: .*'80a' is invalid. Expected a whole number from 0 to 65535.\nhint: .+\n$/],
		[["sandbox", "--latency-ms", "1e3"], /^error: .* Expected a whole number from 0 to 600000.\nhint: .+\n$/],
		[["sandbox", "--fail-rate", "1.1"], /^error: .* Expected a fraction from 0 to 1/],
		[["sandbox", "--webhook-url", "ftp://x"], /^error: .* Expected an address such as/],
		[["--\u001b[31mred"], /^error: unknown option '--\\x1b\[31mred'\nhint: .+\n$/],
	])("%j ends with 2, one line and a hint", async (args, stderr) => {
		const ended = await runCli(args);
		expect(ended).toMatchObject({ code: 2, stdout: "" });
		expect(ended.stderr).toMatch(stderr);
	});

	test("a wrong environment ends with 2 and one line per problem", async () => {
		const { code, stderr } = await runCli(["sandbox"], { LOG_LEVEL: "loud", REWARD_OUTBOX_LEASE: "1" });
		expect(code).toBe(2);
		expect(stderr.trimEnd().split("\n")).toEqual([
			expect.stringMatching(/^error: LOG_LEVEL: expected one of trace, .*, got "loud"$/),
			"error: REWARD_OUTBOX_LEASE: unknown variable; did you mean REWARD_OUTBOX_LEASE_MS?",
			expect.stringMatching(/^hint: /),
		]);
	});
});

describe("a closed stdout", () => {
	test.each([["--help"], ["--version"]])("%s ends with 0 and says nothing", async (...args) => {
		const { child, ended } = startCli(args);
		// Long before Node has started and writes.
		child.stdout?.destroy();
		expect(await ended).toMatchObject({ code: 0, stderr: "" });
	});
});
