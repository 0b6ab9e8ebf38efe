import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { isAccessRefused } from "../../src/store/database-error.ts";
import { runCli } from "../cli/run-cli.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";

let folder: string;
let first: PostgresServer;
let second: PostgresServer;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-connection-"));
	first = await startPostgres();
	second = await startPostgres();
});
afterAll(async () => {
	await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
	await rm(folder, { recursive: true });
});

/** The port that answers through this address, on a connection of its own. */
async function answering(address: string): Promise<number> {
	const db = openDatabase({ url: address, applicationName: "a test", maxConnections: 1, onIdleError: () => {} });
	try {
		const { rows } = await db.query("SELECT current_setting('port')::int AS port");
		return rows[0].port;
	} finally {
		await db.end();
	}
}

function passwordOf({ url }: PostgresServer): string {
	return decodeURIComponent(new URL(url).password);
}

async function setReadOnly(server: PostgresServer, value: "on" | "off"): Promise<void> {
	const db = openDatabase({ url: server.url, applicationName: "a test", maxConnections: 1 });
	await db.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
	await db.query("SELECT pg_reload_conf()");
	await db.end();
}

describe("several hosts", () => {
	const both = (attributes: string) =>
		`postgres://127.0.0.1:${first.port},127.0.0.1:${second.port}/postgres${attributes}`;
	/** Both servers have passwords of their own. */
	async function withPasswords(work: (environment: Record<string, string>) => Promise<void>): Promise<void> {
		const file = join(folder, "pgpass");
		const lines = [first, second].map((server) => `127.0.0.1:${server.port}:*:postgres:${passwordOf(server)}`);
		await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
		await work({ PGPASSFILE: file, PGUSER: "postgres" });
	}

	test("the one that can be written to is found, by default, and followed when it moves; passwords are in .pgpass", async () => {
		await withPasswords(async (environment) => {
			const migrated = async () => await runCli(["migrate", "--json"], { ...environment, DATABASE_URL: both("") });
			await setReadOnly(first, "on");
			expect((await migrated()).stderr).toBe("");
			await setReadOnly(first, "off");
			await setReadOnly(second, "on");
			const { stdout, code } = await migrated();
			expect([code, stdout]).toEqual([0, expect.stringContaining("0001")]);
			await setReadOnly(first, "on");
			const none = await migrated();
			expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("no server is read-write") });
			expect(none.stderr).toContain("target_session_attrs=read-write");
			await Promise.all([setReadOnly(first, "off"), setReadOnly(second, "off")]);
		});
	});

	test("a dead one is passed over", async () => {
		const { port } = second;
		const user = `postgres:${passwordOf(second)}`;
		const address = `postgres://${user}@127.0.0.1:1,127.0.0.1:${port}/postgres?target_session_attrs=any`;
		expect(await answering(address)).toBe(port);
	});
});

describe("what names a database", () => {
	test("a file, a service, key=value pairs and PG* alone", async () => {
		const [password, port] = [passwordOf(first), String(first.port)];
		const file = join(folder, "url");
		await writeFile(file, `${first.url}\n`);
		const services = join(folder, "services.conf");
		await writeFile(services, `[other]\nhost=nowhere\n\n[mine]\n# ours\nhost=127.0.0.1\nport=${port}\nuser=postgres\n`);
		const pairs = `host=127.0.0.1 port=${port} user=postgres dbname=postgres password='${password}'`;
		const environments: Record<string, string>[] = [
			{ DATABASE_URL_FILE: file },
			{ DATABASE_URL: `postgres:///postgres?service=mine&servicefile=${services}`, PGPASSWORD: password },
			{ PGSERVICE: "mine", PGSERVICEFILE: services, PGDATABASE: "postgres", PGPASSWORD: password },
			{ DATABASE_URL: pairs },
			{ PGHOST: "127.0.0.1", PGPORT: port, PGUSER: "postgres", PGPASSWORD: password, PGDATABASE: "postgres" },
		];
		for (const environment of environments) {
			const { code, stdout, stderr } = await runCli(["migrate", "--status", "--json"], environment);
			expect({ code, stderr, shown: stdout.includes("0001") }, JSON.stringify(Object.keys(environment))).toEqual({
				code: 0,
				stderr: "",
				shown: true,
			});
		}
	});

	test("what is missing is said with its remedy, and no secret", async () => {
		const missing = await runCli(["status"], {});
		expect(missing).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("postgres://user:password@host:5432/database"),
		});
		const noFile = await runCli(["status"], { DATABASE_URL_FILE: join(folder, "none") });
		expect(noFile.stderr).toMatch(/^error: DATABASE_URL_FILE ".*none" cannot be read \(ENOENT\)/);
		const noSection = await runCli(["status"], { PGSERVICE: "none", PGSERVICEFILE: join(folder, "services.conf") });
		expect(noSection.stderr).toMatch(/has no section \[none\]/);
		const wrong = await runCli(["status"], {
			DATABASE_URL: `postgres://postgres:s3cretword@127.0.0.1:${first.port}/x`,
		});
		expect(wrong.stderr).toContain("the user or password");
		expect(wrong.stderr).not.toContain("s3cretword");
	});
});

describe("sslmode, as libpq means it", () => {
	beforeAll(async () => {
		const { uid, gid } = statSync(first.dataDirectory);
		const at = (name: string) => join(first.dataDirectory, name);
		const subject = ["-nodes", "-days", "2", "-subj", "/CN=elsewhere"];
		const files = ["-keyout", at("server.key"), "-out", at("server.crt")];
		execFileSync("openssl", ["req", "-new", "-x509", ...subject, ...files], { stdio: "ignore" });
		chmodSync(at("server.key"), 0o600);
		for (const name of ["server.key", "server.crt"]) chownSync(at(name), uid, gid);
		const db = openDatabase({ url: first.url, applicationName: "a test", maxConnections: 1 });
		await db.query("ALTER SYSTEM SET ssl = on");
		await db.query("SELECT pg_reload_conf()");
		await db.end();
	});

	/** Whether the connection is encrypted, or the code of what failed. */
	async function encryption(server: PostgresServer, query: string): Promise<unknown> {
		const db = openDatabase({ url: `${server.url}?${query}`, applicationName: "a test", maxConnections: 1 });
		try {
			const { rows } = await db.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
			return rows[0].ssl;
		} catch (error) {
			return (error as { code?: unknown }).code ?? (error as Error).message;
		} finally {
			await db.end();
		}
	}

	test.each([
		["sslmode=disable", false],
		["sslmode=allow", false],
		["sslmode=prefer", true],
		["sslmode=require", true],
		["sslmode=verify-ca", "DEPTH_ZERO_SELF_SIGNED_CERT"],
		["sslmode=verify-full", "DEPTH_ZERO_SELF_SIGNED_CERT"],
	])("%s with a certificate nobody knows", async (query, expected) => {
		expect(await encryption(first, query)).toBe(expected);
	});

	test("verify-ca takes a certificate that is known, verify-full only under its name", async () => {
		const root = `sslrootcert=${encodeURIComponent(join(first.dataDirectory, "server.crt"))}`;
		expect(await encryption(first, `sslmode=verify-ca&${root}`)).toBe(true);
		expect(await encryption(first, `sslmode=verify-full&${root}`)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
	});

	test("prefer does without where there is none, require does not", async () => {
		expect(await encryption(second, "sslmode=prefer")).toBe(false);
		expect(await encryption(second, "sslmode=require")).toMatch(/does not support SSL/);
	});
});

test("an open database follows when its server is gone", async () => {
	const file = join(folder, "pgpass");
	const lines = [first, second].map((server) => `127.0.0.1:${server.port}:*:postgres:${passwordOf(server)}`);
	await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
	const hosts = `127.0.0.1:${second.port},127.0.0.1:${first.port}`;
	const url = `postgres://postgres@${hosts}/postgres?passfile=${encodeURIComponent(file)}`;
	const db = openDatabase({ url, applicationName: "a test", maxConnections: 2, onIdleError: () => {} });
	const port = async () => (await db.query("SELECT current_setting('port')::int AS port")).rows[0].port as number;
	try {
		expect(await port()).toBe(second.port);
		await second.stop("fast");
		// As a relay does, which tries again what may succeed.
		await expect.poll(() => port().catch(() => null), { timeout: 15_000 }).toBe(first.port);
	} finally {
		await db.end();
	}
});

test("a file with the address that is gone for now is no reason to give up what has to be recorded", async () => {
	const db = openDatabase({ url: "file:/nowhere/database-url", applicationName: "a test", maxConnections: 1 });
	const error = await db.query("SELECT 1").catch((thrown: unknown) => thrown);
	await db.end();
	expect(error).toMatchObject({ code: "connection_file" });
	expect(isAccessRefused(error)).toBe(true);
});
