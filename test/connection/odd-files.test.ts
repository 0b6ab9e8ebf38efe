import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stateFileIn } from "../../src/composition/state-file.ts";
import { runCli } from "../cli/run-cli.ts";

let folder: string;
let pipe: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-odd-files-"));
	pipe = join(folder, "pipe");
	execFileSync("mkfifo", ["-m", "600", pipe]);
});
afterAll(() => rm(folder, { recursive: true }));

/** What names a file, and where the connection string has its name. */
const NAMED: readonly (readonly [string, (file: string) => Record<string, string>])[] = [
	["DATABASE_URL_FILE", (file) => ({ DATABASE_URL_FILE: file })],
	["sslrootcert", (file) => ({ DATABASE_URL: `postgres://127.0.0.1:1/x?sslmode=verify-full&sslrootcert=${file}` })],
	["sslkey", (file) => ({ DATABASE_URL: `postgres://127.0.0.1:1/x?sslmode=require&sslkey=${file}` })],
	["the service file", (file) => ({ PGSERVICEFILE: file, PGSERVICE: "shop" })],
];

describe.each(NAMED)("%s", (name, environment) => {
	test.each([
		["a pipe that nobody writes to", () => pipe, "because it is no regular file"],
		["a device without an end", () => "/dev/zero", "because it is no regular file"],
		["a directory", () => folder, "(EISDIR): it is a directory"],
	])("that is %s is refused at once, in words", async (_, file, reason) => {
		const { code, stderr } = await runCli(["status"], environment(file()));
		expect([code, stderr.split("\n")[0]]).toEqual([1, `error: ${name} "${file()}" cannot be read ${reason}`]);
	});
});

test("a password file that is a pipe is not used, as libpq does", async () => {
	const { stderr } = await runCli(["status"], { DATABASE_URL: "postgres://127.0.0.1:1/x", PGPASSFILE: pipe });
	expect(stderr).toContain("ECONNREFUSED");
});

test("a relay's own state that is a pipe is an error, and no reason to wait", async () => {
	const { read, write } = stateFileIn(folder, "postgres://h/d");
	await write({ proofId: "p" } as never);
	const [file = ""] = execFileSync("ls", [folder], { encoding: "utf8" }).match(/reward-outbox-.*\.json/) ?? [];
	await rm(join(folder, file));
	execFileSync("mkfifo", [join(folder, file)]);
	await expect(read()).rejects.toThrow("no regular file");
});
