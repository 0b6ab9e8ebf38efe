import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const database = useTestDatabase();
let id: string;
beforeAll(async () => {
	[id] = (await insert(database.current.pool, { user: "x".repeat(300) }, 200)) as [string];
});

/** Runs it with its output going to this file. */
async function runInto(file: string, args: readonly string[]): Promise<{ code: number; stderr: string }> {
	const output = openSync(file, "w");
	try {
		const env = { PATH: process.env["PATH"], DATABASE_URL: database.current.url };
		const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ["ignore", output, "pipe"] });
		const stderr = text(child.stderr as Readable);
		const [code] = await once(child, "close");
		return { code, stderr: await stderr };
	} finally {
		closeSync(output);
	}
}

const COMMANDS = [
	["--help"],
	["--version"],
	["help", "events"],
	["events", "list", "--help"],
	["completion", "bash"],
	["migrate", "--sql"],
	["migrate", "--status"],
	["status"],
	["status", "--json"],
	["status", "--watch", "1"],
	["status", "--watch", "1", "--json"],
	["events", "list"],
	["events", "list", "--json", "--limit", "200"],
	["events", "show", "ID"],
	["events", "why", "ID", "--json"],
	["events", "cancel", "ID", "--reason", "a test"],
	["events", "tail"],
	["emit", "payment", "user1"],
	["triggers", "list", "--json"],
	["watches", "export"],
	["doctor"],
	["prune", "--older-than", "90d", "--dry-run"],
];

describe.runIf(process.platform === "linux")("an output that cannot be written", () => {
	test.each(COMMANDS.map((words) => ({ command: words.join(" "), words })))(
		"$command ends with 1 and says why",
		{ timeout: 30_000 },
		async ({ words }) => {
			const { code, stderr } = await runInto(
				"/dev/full",
				words.map((word) => (word === "ID" ? id : word)),
			);
			expect([code, stderr]).toEqual([
				1,
				expect.stringMatching(
					/^error: the output could not be written: ENOSPC.*\nhint: the disk that it goes to is full\n$/m,
				),
			]);
			expect(stderr).not.toMatch(/internal error|node:internal/);
		},
	);

	test("that can be written is there to its last byte", async () => {
		const { code, stderr } = await runInto("/dev/null", ["events", "list", "--json", "--limit", "200"]);
		expect([code, stderr]).toEqual([0, ""]);
	});
});
