import { execFile as execFileCallback } from "node:child_process";
import { access, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { expect, type TestContext, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { runCli } from "../cli/run-cli.ts";
import { until } from "../relay/running.ts";
import { unprivilegedAccount } from "../support/postgres-binaries.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { ORDER_PAID, ORDERS, users, watch } from "../watches/rules.ts";

const execFile = promisify(execFileCallback);
const TIMEOUT_MS = 180_000;

async function withClient<T>(url: string, use: (db: pg.Client) => Promise<T>): Promise<T> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		return await use(client);
	} finally {
		await client.end();
	}
}

/** With a rule, and one event of it. */
async function shop(settings: Record<string, string> = {}): Promise<PostgresServer> {
	const server = await startPostgres({ settings });
	await migrateToLatest(server.url);
	await withClient(server.url, async (db) => {
		await db.query(ORDERS);
		await watch(db, ORDER_PAID);
		await db.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
	});
	return server;
}

async function failures(url: string): Promise<string[]> {
	const { stdout } = await runCli(["doctor", "--json"], { DATABASE_URL: url });
	const { checks } = JSON.parse(stdout) as { checks: { name: string; verdict: string }[] };
	const about = ["schema", "restored", "watches", "identity"];
	return checks.filter((check) => check.verdict === "fail" && about.includes(check.name)).map(({ name }) => name);
}

/** Nothing is missing, the rule works, and once somebody has adopted it nothing is left to say. */
async function isWhole(url: string, before: readonly string[], complaints: readonly string[]): Promise<void> {
	expect(await failures(url)).toEqual(complaints);
	const env = { DATABASE_URL: url };
	expect(await runCli(["doctor", "--script"], env)).toMatchObject({ code: 0, stdout: "-- nothing is missing\n" });
	await withClient(url, (db) => db.query("INSERT INTO orders VALUES (7, 70, 1, 'paid')"));
	expect(await withClient(url, (db) => users(db))).toEqual([...before, "70"]);
	expect(await runCli(["adopt", "--reason", "moved", "--yes"], env)).toMatchObject({ code: 0 });
	expect(await failures(url)).toEqual([]);
}

async function need(context: TestContext, server: PostgresServer, program: string): Promise<string> {
	const path = join(server.binaries, program);
	await access(path).catch(() => context.skip(`the binaries of the suite bring no ${program}`));
	return path;
}

test("a copy by CREATE DATABASE … TEMPLATE has all of it", { timeout: TIMEOUT_MS }, async () => {
	await using server = await shop();
	const url = new URL(server.url);
	url.pathname = "/template1";
	await withClient(url.href, (db) => db.query("CREATE DATABASE copy TEMPLATE postgres"));
	url.pathname = "/copy";
	// No relay has ever used it: the first one adopts it.
	await isWhole(url.href, ["10"], []);
});

test("pg_upgrade brings all of it", { timeout: TIMEOUT_MS }, async (context) => {
	await using old = await shop();
	const program = await need(context, old, "pg_upgrade");
	await using upgraded = await startPostgres();
	await old.stop();
	await upgraded.stop();
	const account = await unprivilegedAccount();
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-upgrade-"));
	try {
		if (account.uid !== undefined) await chown(folder, account.uid, account.gid ?? account.uid);
		const places = [
			"-d",
			old.dataDirectory,
			"-D",
			upgraded.dataDirectory,
			"-p",
			`${old.port}`,
			"-P",
			`${upgraded.port}`,
		];
		await execFile(program, ["-b", old.binaries, "-B", upgraded.binaries, "-U", "postgres", "-s", folder, ...places], {
			...account,
			cwd: folder,
			env: { ...process.env, PGPASSWORD: new URL(old.url).password },
		});
	} finally {
		await rm(folder, { recursive: true });
	}
	await upgraded.start();
	await isWhole(upgraded.url, ["10"], ["identity"]);
});

test("logical replication of the shop's tables: rules fire on one side only, before and after the switch", {
	timeout: TIMEOUT_MS,
}, async (context) => {
	await using source = await shop({ wal_level: "logical" });
	const dump = await need(context, source, "pg_dump");
	await using target = await startPostgres({ settings: { wal_level: "logical" } });
	const { stdout } = await execFile(dump, [
		"--schema-only",
		"--exclude-schema=reward_outbox",
		"-t",
		"orders",
		source.url,
	]);
	// As the page says: without the triggers, which have nothing to call yet.
	await withClient(target.url, (db) =>
		db.query(stdout.replaceAll(/^CREATE TRIGGER .*$|^\\.*$|^SELECT pg_catalog.set_config.*$/gm, "")),
	);
	await withClient(source.url, (db) => db.query("CREATE PUBLICATION shop FOR TABLE orders"));
	const connection = `host=127.0.0.1 port=${source.port} user=postgres password=${new URL(source.url).password} dbname=postgres`;
	await withClient(target.url, (db) =>
		db.query(`CREATE SUBSCRIPTION shop CONNECTION '${connection}' PUBLICATION shop`),
	);
	const rows = () => withClient(target.url, async (db) => (await db.query("SELECT FROM public.orders")).rowCount);
	await until("the copy has its row", async () => (await rows()) === 1);
	await migrateToLatest(target.url);
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-logical-"));
	try {
		const rules = join(folder, "watches.yaml");
		await writeFile(rules, (await runCli(["watches", "export"], { DATABASE_URL: source.url })).stdout);
		expect(await runCli(["watches", "apply", rules], { DATABASE_URL: target.url })).toMatchObject({ code: 0 });
	} finally {
		await rm(folder, { recursive: true });
	}
	await withClient(source.url, (db) => db.query("INSERT INTO orders VALUES (2, 20, 1, 'paid')"));
	await until("the row is replicated", async () => (await rows()) === 2);
	expect(await withClient(source.url, (db) => users(db))).toEqual(["10", "20"]);
	expect(await withClient(target.url, (db) => users(db))).toEqual([]);
	await withClient(target.url, (db) => db.query("DROP SUBSCRIPTION shop"));
	await withClient(target.url, (db) => db.query("INSERT INTO public.orders VALUES (3, 30, 1, 'paid')"));
	expect(await withClient(target.url, (db) => users(db))).toEqual(["30"]);
	expect(await failures(target.url)).toEqual([]);
});
