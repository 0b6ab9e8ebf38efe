import { execFile as execFileCallback } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { runCli } from "./run-cli.ts";
import { cliCommand, HAS_TERMINAL, type OnTerminal, runOnTerminal } from "./terminal.ts";

const execFile = promisify(execFileCallback);
const database = useTestDatabase();
/** A directory of the PATH with the command in it. */
let bin: string;

beforeAll(async () => {
	bin = await mkdtemp(join(tmpdir(), "reward-outbox-completion-"));
	await writeFile(join(bin, "reward-outbox"), `#!/bin/sh\nexec ${cliCommand([])} "$@"\n`);
	await chmod(join(bin, "reward-outbox"), 0o755);
	await insert(database.current.pool, { trigger: "successful_payment" });
	await insert(database.current.pool, { trigger: "it's odd $(touch x)" });
	await database.current.query("CREATE TABLE shop (id integer PRIMARY KEY)");
	await database.current.query(
		"SELECT reward_outbox.watch(name => 'order_paid', table_name => 'shop', trigger_id => 'paid', user_id => 'NEW.id::text')",
	);
});

// It is the shells' home: what they began as they were killed may still write there.
afterAll(() => rm(bin, { recursive: true, force: true, maxRetries: 10 }));

function env() {
	return { PATH: `${bin}:${process.env["PATH"]}`, DATABASE_URL: database.current.url, HOME: bin };
}

async function completed(...words: string[]): Promise<string[]> {
	const { code, stdout, stderr } = await runCli(["complete", "--", ...words], { DATABASE_URL: database.current.url });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	return stdout
		.split("\n")
		.filter(Boolean)
		.map((line) => line.split("\t")[0] as string);
}

describe("what could stand at the cursor", () => {
	test.each([
		[["ev"], ["events"]],
		[
			["events", "re"],
			["retry", "resolve"],
		],
		[["events", "list", "--sta"], ["--status"]],
		[
			["events", "list", "--status", "d"],
			["delivered", "dead"],
		],
		[
			["events", "list", "--status=de"],
			["--status=delivered", "--status=dead"],
		],
		[
			["events", "list", "--status", "=", "de"],
			["delivered", "dead"],
		],
		[["events", "list", "--limit", "5", "--tri"], ["--trigger"]],
		[["events", "list", "--trigger", "succ"], ["successful_payment"]],
		[["triggers", "pause", "succ"], ["successful_payment"]],
		[["triggers", "pause", "successful_payment", "succ"], []],
		[["watches", "remove", ""], ["order_paid"]],
		[["events", "list", "--source", ""], ["order_paid"]],
		[
			["events", "resolve", "--as", ""],
			["delivered", "not-delivered"],
		],
		[
			["completion", ""],
			["bash", "zsh", "fish"],
		],
		[["no-such-command", "x"], []],
	])("after %j is %j", async (words, expected) => {
		expect((await completed(...words)).toSorted()).toEqual(expected.toSorted());
	});

	test("at the beginning is every command, with what it does", async () => {
		const { stdout } = await runCli(["complete"]);
		expect(stdout).toMatch(/^doctor\t.{10,}$/m);
		expect(stdout).not.toMatch(/^complete\t/m);
	});

	test.each([["postgres://127.0.0.1:1/none"], ["not a url"], [""]])(
		"without a database it is what is known without one: DATABASE_URL=%s",
		async (url) => {
			const { code, stdout, stderr } = await runCli(["complete", "--", "emit", ""], { DATABASE_URL: url });
			expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
		},
	);

	test("a database that does not answer is not waited for", async () => {
		const held = await database.current.pool.connect();
		try {
			await held.query("BEGIN; LOCK TABLE reward_outbox.triggers");
			expect(await completed("emit", "")).toEqual([]);
		} finally {
			await held.query("ROLLBACK");
			held.release();
		}
	});
});

/** An interactive shell, which ends with its terminal. */
function shellOnTerminal(command: string): OnTerminal {
	const terminal = runOnTerminal(command, { ...env(), PS1: "> " });
	onTestFinished(async () => {
		terminal.child.kill("SIGKILL");
		await terminal.ended;
	});
	return terminal;
}

/** Some shells are not on every machine; the workflow's has them all. */
async function has(shell: string): Promise<boolean> {
	return execFile(shell, ["--version"]).then(
		() => true,
		() => false,
	);
}

describe.runIf(HAS_TERMINAL && (await has("bash")))("bash", () => {
	test("completes what is typed when Tab is pressed, quoted where it must be", async () => {
		const terminal = shellOnTerminal("bash --norc --noprofile -i");
		terminal.type("source <(reward-outbox completion bash); echo rea''dy\n");
		await terminal.shows((seen) => seen.includes("ready\r\n"));
		terminal.type("reward-outbox events ret\t");
		await terminal.shows((seen) => seen.includes("events retry "));
		terminal.type("--trigger succ\t");
		await terminal.shows((seen) => seen.includes("--trigger successful_payment "));
		terminal.type("\u0015reward-outbox emit it\t");
		await terminal.shows((seen) => /emit it\\'s\\ odd\\ \\\$\\\(touch\\ x\\\)/.test(seen.replaceAll("\b", "")));
	});
});

describe.runIf(await has("zsh"))("zsh", () => {
	test("gets the same words, with descriptions", async () => {
		// The script as zsh runs it; what zsh would offer is printed instead.
		const script = `compdef() { }; _describe() { print -rl -- "\${(@P)2}" }; source <(reward-outbox completion zsh)
			words=(reward-outbox events re); CURRENT=3; _reward_outbox; words=(reward-outbox emit succ); _reward_outbox`;
		const { stdout } = await execFile("zsh", ["-f", "-c", script], { env: env(), timeout: 15_000 });
		expect(stdout).toMatch(/^retry:send events again$/m);
		expect(stdout).toMatch(/^successful_payment$/m);
	});
});

describe.runIf(await has("fish"))("fish", () => {
	test("gets the same words, with descriptions", async () => {
		const script =
			"reward-outbox completion fish | source; complete -C 'reward-outbox events re'; complete -C 'reward-outbox emit succ'";
		const { stdout } = await execFile("fish", ["--no-config", "-c", script], { env: env() });
		expect(stdout).toMatch(/^retry\tsend events again$/m);
		expect(stdout).toMatch(/^successful_payment$/m);
	});
});
