import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCli } from "../cli/run-cli.ts";
import { relayDatabase, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { API_KEY, RelayProcess, SHORT_TIMES } from "./relay-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const previous = previousVersion();

/**
 * The latest release in this clone's history, or what was committed last where there is none; null: no git, no history.
 */
function previousVersion(): string | null {
	try {
		const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trim();
		const [latest = ""] = git("tag", "--list", "v*", "--sort=-version:refname").split("\n");
		return latest === "" ? git("rev-parse", "HEAD") : latest;
	} catch {
		return null;
	}
}

/** The code of that version, with the packages of this one. */
async function checkOut(version: string): Promise<{ readonly folder: string } & AsyncDisposable> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-previous-"));
	const archive = execFileSync("git", ["archive", version, "src", "migrations", "package.json"], {
		cwd: ROOT,
		maxBuffer: 2 ** 28,
	});
	execFileSync("tar", ["-x", "-C", folder], { input: archive });
	await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
	return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test.skipIf(previous === null)(
	"the previous version's relay delivers from a database with this version's functions",
	async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await using code = await checkOut(previous as string);
		// As a later version would leave them: another text of the functions is on record.
		await database.query(
			"UPDATE reward_outbox.migrations SET checksum = repeat('0', 64), version = '999.0.0' WHERE name = 'functions'",
		);
		await insert(database, {}, 20);
		const env = {
			DATABASE_URL: database.url,
			REWARD_API_URL: reward.url,
			REWARD_API_KEY: API_KEY,
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
			...SHORT_TIMES,
		};
		await using relay = new RelayProcess(startCli(["relay"], env, join(code.folder, "src/cli.ts")));
		await untilAll(database, { delivered: 20 });
		expect(reward.applied).toHaveLength(20);
		expect((await relay.end("SIGTERM")).code).toBe(0);
	},
);
