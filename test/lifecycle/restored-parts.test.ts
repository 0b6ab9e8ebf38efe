import { execFile as execFileCallback } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { runCli } from "../cli/run-cli.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { ORDER_PAID, users, watch } from "../watches/rules.ts";

const execFile = promisify(execFileCallback);
const TIMEOUT_MS = 120_000;
const SHOP = ["CREATE ROLE shop_owner LOGIN PASSWORD 'x'", "CREATE ROLE shop_php LOGIN PASSWORD 'x'"];
const OURS = ["writer", "relay", "auditor", "operator", "watcher", "webhook"].map(
	(role) => `CREATE ROLE reward_outbox_${role}`,
);

let folder: string;
let source: PostgresServer;
let rules: string;

/** pg_dump refuses servers newer than itself, and not every machine has one. */
async function hasTools(server: PostgresServer): Promise<boolean> {
	const version = async (program: string) => Number(/(\d+)/.exec((await execFile(program, ["--version"])).stdout)?.[1]);
	const [served, dumps, shell] = await Promise.all([
		version(join(server.binaries, "postgres")),
		version("pg_dump").catch(() => 0),
		version("psql").catch(() => 0),
	]);
	return dumps >= served && shell > 0;
}

const needTools = async (context: TestContext) => {
	if (!(await hasTools(source))) context.skip("pg_dump and psql of the server's version or later are needed on PATH");
};

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-restored-"));
	rules = join(folder, "watches.yaml");
	source = await startPostgres();
	await migrateToLatest(source.url);
	await on(source, async (db) => {
		for (const role of SHOP) await db.query(role);
		await db.query(`GRANT reward_outbox_watcher TO shop_owner;
			CREATE SCHEMA shop AUTHORIZATION shop_owner; GRANT USAGE ON SCHEMA shop TO shop_php;
			CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text);
			ALTER TABLE shop.orders OWNER TO shop_owner; GRANT SELECT, INSERT ON shop.orders TO shop_php`);
		await watch(db, { ...ORDER_PAID, table_name: "shop.orders" });
		await db.query("INSERT INTO shop.orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'paid')");
	});
	await writeFile(rules, (await runCli(["watches", "export"], { DATABASE_URL: source.url })).stdout);
}, TIMEOUT_MS);

afterAll(async () => {
	await source[Symbol.asyncDispose]();
	await rm(folder, { recursive: true });
});

async function on<T>(server: PostgresServer, use: (db: pg.Client) => Promise<T>, role?: string): Promise<T> {
	const url = new URL(server.url);
	if (role !== undefined) [url.username, url.password] = [role, "x"];
	const client = new pg.Client({ connectionString: url.href });
	await client.connect();
	try {
		return await use(client);
	} finally {
		await client.end();
	}
}

let dumps = 0;

async function dump(...args: string[]): Promise<string> {
	dumps += 1;
	const file = join(folder, `dump-${dumps}`);
	await execFile("pg_dump", ["-Fc", "-f", file, ...args, source.url]);
	return file;
}

/** Goes on after errors, as it does by default, and exits 1 then. Resolves to what it complained about. */
const restore = (server: PostgresServer, ...args: string[]): Promise<string> =>
	execFile("pg_restore", ["-d", server.url, ...args]).then(
		({ stderr }) => stderr,
		(error: { stderr: string }) => error.stderr,
	);

const cli = (server: PostgresServer, ...args: string[]) => runCli(args, { DATABASE_URL: server.url });

interface Check {
	readonly name: string;
	readonly verdict: string;
	readonly message: string;
}

async function doctor(server: PostgresServer): Promise<Check[]> {
	const { checks } = JSON.parse((await cli(server, "doctor", "--json")).stdout) as { checks: Check[] };
	return checks.filter(({ name }) => ["schema", "restored", "watches"].includes(name));
}

const failures = async (server: PostgresServer) =>
	(await doctor(server))
		.filter(({ verdict }) => verdict === "fail")
		.map(({ message }) => message)
		.join("\n");

/** Pastes what doctor prints into psql. */
async function mend(server: PostgresServer): Promise<string> {
	const printed = await cli(server, "doctor", "--script");
	expect(printed).toMatchObject({ code: 0, stderr: "" });
	const file = join(folder, `mend-${server.port}.sql`);
	await writeFile(file, printed.stdout);
	const { stderr } = await execFile("psql", ["-X", "-q", "-o", "/dev/null", "-f", file, server.url]);
	expect(stderr).not.toMatch(/ERROR|WARNING/);
	return printed.stdout;
}

/** The shop writes, and the event is there. */
async function works(server: PostgresServer, before: readonly string[]): Promise<void> {
	expect(await failures(server)).toBe("");
	expect(await cli(server, "doctor", "--script")).toMatchObject({ code: 0, stdout: "-- nothing is missing\n" });
	await on(server, (db) => db.query("INSERT INTO shop.orders VALUES (7, 70, 1, 'paid')"), "shop_php");
	expect(await on(server, (db) => users(db))).toEqual([...before, "70"]);
}

async function target(roles: readonly string[]): Promise<PostgresServer> {
	const server = await startPostgres();
	await on(server, async (db) => {
		for (const role of roles) await db.query(role);
	});
	return server;
}

describe("a full dump", () => {
	test("roles first: nothing is missing", { timeout: TIMEOUT_MS }, async (context) => {
		await needTools(context);
		await using server = await target([...SHOP, ...OURS, "GRANT reward_outbox_auditor TO reward_outbox_operator"]);
		expect(await restore(server, await dump())).toBe("");
		await works(server, ["10", "20"]);
	});

	test("where our roles do not exist: events are refused without a word, doctor says so, its script mends it", {
		timeout: TIMEOUT_MS,
	}, async (context) => {
		await needTools(context);
		await using server = await target(SHOP);
		await restore(server, await dump());
		await on(server, (db) => db.query("INSERT INTO shop.orders VALUES (3, 30, 1, 'paid')"), "shop_php");
		expect(await on(server, (db) => users(db))).toEqual(["10", "20"]);
		const told = await failures(server);
		expect(told).toContain("this cluster lacks the roles reward_outbox_writer, reward_outbox_relay");
		expect(told).toContain("the table's owner shop_owner lacks rights in the schema reward_outbox");
		expect(await mend(server)).toContain("GRANT reward_outbox_relay TO ...");
		await works(server, ["10", "20"]);
		expect((await cli(server, "watches", "backfill", "order_paid", "--all", "--yes")).stdout).toContain(
			"1 became events",
		);
	});

	test("roles last: the owners are others, the script mends the rest", { timeout: TIMEOUT_MS }, async (context) => {
		await needTools(context);
		await using server = await target([]);
		await restore(server, await dump());
		await on(server, async (db) => {
			for (const role of [...SHOP, ...OURS]) await db.query(role);
			await db.query("GRANT USAGE ON SCHEMA shop TO shop_php; GRANT SELECT, INSERT ON shop.orders TO shop_php");
		});
		expect(await failures(server)).toContain("privileges are missing");
		await mend(server);
		await works(server, ["10", "20"]);
	});

	test.each(["--no-privileges", "--no-owner"])("%s", { timeout: TIMEOUT_MS }, async (flag) => {
		if (!(await hasTools(source))) return;
		await using server = await target([...SHOP, ...OURS]);
		await restore(server, flag, await dump());
		await on(server, (db) =>
			db.query("GRANT USAGE ON SCHEMA shop TO shop_php; GRANT SELECT, INSERT ON shop.orders TO shop_php"),
		);
		const told = await failures(server);
		expect(told).toContain(flag === "--no-owner" ? "not a member" : "functions may be executed by everybody");
		await mend(server);
		await works(server, ["10", "20"]);
	});
});

describe("part of it", () => {
	const applyRules = async (server: PostgresServer) =>
		expect(await cli(server, "watches", "apply", rules)).toMatchObject({ code: 0 });

	test("definitions without rows: every command says what it is, and the script makes it anew", {
		timeout: TIMEOUT_MS,
	}, async (context) => {
		await needTools(context);
		await using server = await target([...SHOP, ...OURS]);
		await restore(server, await dump("--schema-only"));
		// The shop goes on.
		await on(server, (db) => db.query("INSERT INTO shop.orders VALUES (3, 30, 1, 'paid')"), "shop_php");
		for (const command of [["migrate"], ["status"], ["watches", "list"]]) {
			expect(await cli(server, ...command)).toMatchObject({
				code: 1,
				stderr: expect.stringMatching(/nothing says what they were made from.*\nhint: reward-outbox doctor --script/),
			});
		}
		expect(await failures(server)).toContain("nothing says what they were made from");
		expect(await mend(server)).toContain("order_paid");
		await applyRules(server);
		await works(server, []);
	});

	test("the schema reward_outbox alone, and the shop later", { timeout: TIMEOUT_MS }, async (context) => {
		await needTools(context);
		await using server = await target([...SHOP, ...OURS]);
		await restore(server, await dump("--schema=reward_outbox"));
		await restore(server, await dump("--schema=shop"));
		const told = await failures(server);
		expect(told).toContain("the rule order_paid is not in the database, but its trigger function is, on shop.orders");
		await mend(server);
		await applyRules(server);
		await works(server, ["10", "20"]);
	});

	test("all but the schema reward_outbox: the shop goes on, migrate and the rules bring it back", {
		timeout: TIMEOUT_MS,
	}, async (context) => {
		await needTools(context);
		await using server = await target(SHOP);
		expect(await restore(server, await dump("--exclude-schema=reward_outbox"))).toContain(
			'schema "reward_outbox" does not exist',
		);
		await on(server, (db) => db.query("INSERT INTO shop.orders VALUES (3, 30, 1, 'paid')"), "shop_php");
		expect(await failures(server)).toContain("there is no reward_outbox schema");
		await mend(server);
		await applyRules(server);
		await works(server, []);
	});

	test("one table elsewhere: without our trigger it comes as the page says", {
		timeout: TIMEOUT_MS,
	}, async (context) => {
		await needTools(context);
		await using server = await target([...SHOP, "CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO shop_php"]);
		const file = await dump("--table=shop.orders");
		const list = join(folder, "list");
		const { stdout } = await execFile("pg_restore", ["--list", file]);
		await writeFile(
			list,
			stdout
				.split("\n")
				.filter((line) => !/ TRIGGER .*reward_outbox_/.test(line))
				.join("\n"),
		);
		await execFile("pg_restore", ["--exit-on-error", "-L", list, "-d", server.url, file]);
		expect(await on(server, async (db) => (await db.query("SELECT FROM shop.orders")).rowCount)).toBe(2);
	});

	test("rows alone, into a schema that is new: rules are made again, numbers go on", {
		timeout: TIMEOUT_MS,
	}, async (context) => {
		await needTools(context);
		await using server = await target(SHOP);
		await migrateToLatest(server.url);
		await restore(server, await dump("--schema-only", "--schema=shop"));
		await restore(server, "--data-only", "--disable-triggers", await dump());
		expect(await failures(server)).toContain("its function reward_outbox.watch_order_paid() is missing");
		await mend(server);
		await works(server, ["10", "20"]);
	});
});
