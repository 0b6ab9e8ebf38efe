import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { done, login, sql, theWholeJobWorks } from "./shop.ts";

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 90_000 });

/**
 * A cluster where nobody has made our roles. The tests go from the platform that allows least to the one that allows
 * most.
 */
let server: PostgresServer;

beforeAll(async () => {
	server = await startPostgres();
});

afterAll(() => server[Symbol.asyncDispose]());

async function database(name: string, owner: string): Promise<string> {
	await sql(server.url, `CREATE DATABASE ${name} OWNER ${owner}`);
	return login(server, "postgres", name).replace(":postgres@", `:${new URL(server.url).password}@`);
}

async function user(name: string, attributes = ""): Promise<void> {
	await sql(server.url, `CREATE ROLE ${name} LOGIN PASSWORD '${name}' ${attributes}`);
}

test("one user who may create nothing but tables: a DBA makes the schema, migrate --single-role the rest", async () => {
	await user("solo");
	const dba = await database("solo", "postgres");
	await sql(dba, "REVOKE ALL ON DATABASE solo FROM PUBLIC", "GRANT CONNECT, TEMPORARY ON DATABASE solo TO solo");
	await sql(dba, "CREATE SCHEMA shop AUTHORIZATION solo", "ALTER ROLE solo SET search_path = shop");
	const solo = login(server, "solo", "solo");
	const refused = await runCli(["migrate"], { DATABASE_URL: solo });
	expect(refused).toMatchObject({ code: 1, stdout: "" });
	expect(refused.stderr).toContain(
		"hint: Ask a DBA to run: CREATE SCHEMA reward_outbox AUTHORIZATION solo; then migrate again.",
	);
	await sql(dba, "CREATE SCHEMA reward_outbox");
	const foreign = await runCli(["migrate", "--single-role"], { DATABASE_URL: solo });
	expect(foreign.stderr).toContain("ALTER SCHEMA reward_outbox OWNER TO this user");
	await sql(dba, "ALTER SCHEMA reward_outbox OWNER TO solo");
	const roles = await runCli(["migrate"], { DATABASE_URL: solo });
	expect(roles.stderr).toContain("Or do without roles: migrate --single-role.");
	await done(solo, "migrate", "--single-role");
	expect(await done(solo, "migrate")).toBe("up to date\n");
	expect((await sql(server.url, "SELECT FROM pg_roles WHERE rolname LIKE 'reward_outbox%'")).rowCount).toBe(0);
	await theWholeJobWorks({ owner: solo, writer: solo, relay: solo, operator: solo });
});

test("the same by a script that is run as it is printed", async () => {
	await user("scripted");
	const dba = await database("scripted", "scripted");
	const owner = login(server, "scripted", "scripted");
	await sql(dba, "CREATE SCHEMA reward_outbox AUTHORIZATION scripted");
	await sql(owner, await done(owner, "migrate", "--sql", "--single-role"));
	expect(await done(owner, "migrate")).toBe("up to date\n");
	expect((await sql(owner, "SELECT single_role FROM reward_outbox.installation")).rows).toEqual([
		{ single_role: true },
	]);
});

test("an owner who may create no roles: a DBA makes them once, and grants them", async () => {
	await user("owner_without");
	await database("roles_by_dba", "owner_without");
	const owner = login(server, "owner_without", "roles_by_dba");
	const { stderr } = await runCli(["migrate"], { DATABASE_URL: owner });
	const script = /Ask a DBA to run: (.*;) then migrate again/.exec(stderr)?.[1];
	for (const statement of (script as string).split("; ")) await sql(server.url, statement);
	await done(owner, "migrate");
	for (const role of ["writer", "relay", "operator"]) {
		await user(`dba_${role}`);
		await sql(server.url, `GRANT reward_outbox_${role} TO dba_${role}`);
	}
	await sql(server.url, "GRANT reward_outbox_watcher TO owner_without");
	const as = (name: string) => login(server, name, "roles_by_dba");
	await sql(owner, "GRANT CREATE, USAGE ON SCHEMA public TO owner_without");
	await theWholeJobWorks({ owner, writer: as("dba_writer"), relay: as("dba_relay"), operator: as("dba_operator") });
});

test("an administrator with CREATEROLE who is no superuser, on a cluster without our roles", async () => {
	await using fresh = await startPostgres();
	await sql(fresh.url, "CREATE ROLE admin LOGIN PASSWORD 'admin' CREATEROLE CREATEDB");
	const admin = (name: string) => login(fresh, "admin", name);
	await sql(admin("postgres"), "CREATE DATABASE shop");
	const shop = admin("shop");
	await done(shop, "migrate");
	for (const role of ["writer", "relay", "operator"]) {
		await sql(shop, `CREATE ROLE my_${role} LOGIN PASSWORD 'my_${role}'`, `GRANT reward_outbox_${role} TO my_${role}`);
	}
	const as = (name: string) => login(fresh, name, "shop");
	await theWholeJobWorks({ owner: shop, writer: as("my_writer"), relay: as("my_relay"), operator: as("my_operator") });
});
