import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf } from "../../src/connection/address.ts";
import { PasswordCommand, PasswordFunction } from "../../src/connection/password-source.ts";
import { openDatabase } from "../../src/store/database.ts";
import { runCli } from "../cli/run-cli.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";

const LOGIN = { host: "db.example.com", port: 5432, user: "outbox", database: "shop" };

let folder: string;
let database: TestDatabase;
/** Of the server. */
let password: string;
/** The database without it. */
let address: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-passwords-"));
	database = await createTestDatabase();
	const url = new URL(database.url);
	password = decodeURIComponent(url.password);
	url.password = "";
	address = url.href;
});
afterAll(async () => {
	await database.drop();
	await rm(folder, { recursive: true });
});

function command(text: string, keptMs = 0): PasswordCommand {
	return new PasswordCommand(text, keptMs, { PATH: process.env["PATH"], SECRET: password });
}

/** A command that prints the password and notes whom it was asked for. */
async function noting(keptMs = 0): Promise<{ source: PasswordCommand; asked: () => Promise<string[]> }> {
	const file = join(folder, `asked-${keptMs}-${performance.now()}`);
	await writeFile(file, "");
	return {
		source: command(`echo "$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" >> ${file}; echo "$SECRET"`, keptMs),
		asked: async () => (await readFile(file, "utf8")).trim().split("\n"),
	};
}

/** So many connections that are open at the same time. */
async function connectTimes(times: number, source: PasswordCommand | PasswordFunction): Promise<void> {
	const db = openDatabase({ url: addressOf(address, source), applicationName: "a test", maxConnections: times });
	try {
		const clients = await Promise.all(Array.from({ length: times }, () => db.connect()));
		for (const client of clients) client.release();
	} finally {
		await db.end();
	}
}

describe("a command that prints the password", () => {
	test("is run for every connection, and told whose password is wanted", async () => {
		const { source, asked } = await noting();
		await connectTimes(3, source);
		const { hostname, port, pathname } = new URL(address);
		expect(await asked()).toEqual(new Array(3).fill(`postgres@${hostname}:${port}${pathname}`));
	});

	test("is run once for all connections of one login within the time that its output is kept", async () => {
		const { source, asked } = await noting(60_000);
		await connectTimes(3, source);
		await connectTimes(1, source);
		expect(await asked()).toHaveLength(1);
		await source.ask(LOGIN);
		expect(await asked()).toHaveLength(2);
	});

	test.each([
		["fails", "echo s3cret; echo s3cret >&2; exit 3", "ended with 3"],
		["is not there", "no-such-command-here", "ended with 127"],
		["prints nothing", "true", "gave nothing"],
		["prints more than a line", "printf 's3cret\\ntwo\\n'", "more than one line"],
		["never ends printing", "yes s3cret", "printed more than"],
		["is ended", "kill -9 $$", "was ended by SIGKILL"],
	])("that %s is an error with its remedy, and nothing of its output", async (_, text, said) => {
		const error = await command(text)
			.ask(LOGIN)
			.catch((caught: unknown) => caught);
		expect(error).toMatchObject({ code: "connection_password", message: expect.stringContaining(said) });
		expect(error).toMatchObject({ hint: expect.stringContaining("run it as the user of this process") });
		expect(JSON.stringify(error) + String(error)).not.toContain("s3cret");
	});

	test("that hangs is ended after ten seconds, with all that it has started", { timeout: 40_000 }, async () => {
		const file = join(folder, "hanging");
		const hanging = command(`sh -c 'echo $$ > ${file}; exec sleep 300' | cat`).ask(LOGIN);
		await expect(hanging).rejects.toMatchObject({ message: expect.stringContaining("within 10 seconds") });
		const pid = Number(await readFile(file, "utf8"));
		await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
	});

	test("serves every command of the command line, which shows neither it nor what it prints", async () => {
		const env = { DATABASE_URL: address, SECRET: password };
		const right = await runCli(["migrate", "--status", "--json"], {
			...env,
			REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND: 'echo "$SECRET"',
		});
		expect([right.code, right.stderr]).toEqual([0, ""]);
		const wrong = await runCli(["status"], {
			...env,
			REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND: "echo s3cretword; false",
		});
		expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/ended with 1[\s\S]*run it as the user/) });
		const expired = await runCli(["status"], { ...env, REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND: "echo s3cretword" });
		expect(expired.stderr).toContain("the user or password");
		const twice = await runCli(["status"], {
			DATABASE_URL: database.url,
			REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND: "echo s3cretword",
		});
		expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("no other password besides it")]);
		expect(JSON.stringify([right, wrong, expired, twice])).not.toContain("s3cretword");
	});

	test("may be an entry's own among many databases", async () => {
		const file = join(folder, "databases.json");
		const databases = [
			{ name: "own", url: address, password_command: 'echo "$SECRET"', reward_api_key: "sk_test_a" },
			{ name: "both", url: address.replace("@", ":x@"), password_command: "echo x", reward_api_key: "sk_test_b" },
		];
		await writeFile(file, JSON.stringify(databases), { mode: 0o600 });
		const env = { REWARD_OUTBOX_DATABASES_FILE: file, SECRET: password };
		const both = await runCli(["status"], env);
		expect([both.code, both.stderr]).toEqual([
			2,
			expect.stringContaining("both.password_command: expected no password"),
		]);
		await writeFile(file, JSON.stringify(databases.slice(0, 1)), { mode: 0o600 });
		for (const args of [["status"], ["status", "--database", "own"]]) {
			expect(await runCli(args, env)).toMatchObject({ code: 0, stderr: "" });
		}
	});
});

describe("a function that gives the password", () => {
	test("is called for every connection with whose password is wanted", async () => {
		const logins: unknown[] = [];
		const source = new PasswordFunction(async (login) => {
			logins.push(login);
			return password;
		});
		await connectTimes(2, source);
		const { hostname, port, pathname } = new URL(address);
		const login = { host: hostname, port: Number(port), user: "postgres", database: pathname.slice(1) };
		expect(logins).toEqual([login, login]);
	});

	test("gives another one as soon as the server wants another one", async () => {
		const role = `reward_outbox_rotating_${process.pid}`;
		const url = new URL(address);
		url.username = role;
		let current = "first";
		await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'first'`);
		const db = openDatabase({
			url: addressOf(url.href, new PasswordFunction(() => current)),
			applicationName: "a test",
			maxConnections: 1,
			onIdleError: () => {},
		});
		try {
			await db.query("SELECT 1");
			await queryAsAdmin(`ALTER ROLE ${role} PASSWORD 'second'`);
			current = "second";
			await queryAsAdmin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
			await expect
				.poll(() =>
					db.query("SELECT 1").then(
						() => "answered",
						() => "refused",
					),
				)
				.toBe("answered");
		} finally {
			await db.end();
			await queryAsAdmin(`DROP ROLE ${role}`);
		}
	});

	test("is all that a relay needs: it listens, claims and records with it", async () => {
		await using shop = await relayDatabase();
		await using reward = await startScriptedReward();
		const url = new URL(shop.url);
		url.password = "";
		await using _relay = await startRelay({ url: url.href }, reward, { databasePassword: () => password });
		await insert(shop, {}, 3);
		await untilAll(shop, { delivered: 3 });
	});

	test.each([
		["throws", () => Promise.reject(new Error("no credentials from any provider")), "no credentials from any provider"],
		["gives no text", () => undefined, "gave nothing, expected text"],
		["gives nothing", () => "", "gave nothing"],
	])("that %s is an error with its remedy", async (_, given, said) => {
		await expect(connectTimes(1, new PasswordFunction(given))).rejects.toMatchObject({
			code: "connection_password",
			message: expect.stringContaining(said),
			hint: expect.stringContaining("host, port, user and database"),
		});
		// The server does not wait for it any longer.
		const waiting =
			"SELECT FROM pg_stat_activity WHERE state IS NULL AND backend_type = 'client backend' AND datname IS NULL";
		await expect.poll(async () => (await queryAsAdmin(waiting)).rowCount).toBe(0);
	});
});

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
