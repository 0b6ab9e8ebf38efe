import { describe, expect, inject, test } from "vitest";
import { createTestDatabase, queryAsAdmin } from "../support/database.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { runCli } from "./run-cli.ts";

const LAST = "functions";

/** A database without our schema. */
async function emptyDatabase() {
	const database = await createTestDatabase();
	await database.query("DROP SCHEMA reward_outbox CASCADE");
	return database;
}

describe("reward-outbox migrate", () => {
	test("names what it applies, and the second time has nothing to do", async () => {
		await using database = await emptyDatabase();
		const env = { DATABASE_URL: database.url };
		const first = await runCli(["migrate"], env);
		expect(first).toMatchObject({ code: 0, stderr: "" });
		expect(first.stdout).toMatch(/^applied 0001_schema_and_roles\n(applied \w+\n)+$/);
		expect(first.stdout).toContain(`applied ${LAST}\n`);
		expect(await runCli(["migrate"], env)).toMatchObject({ code: 0, stdout: "up to date\n", stderr: "" });
		expect(await runCli(["migrate", "--json"], env)).toMatchObject({ code: 0, stdout: '{"applied":[]}\n' });
	});

	test("--status tells what is applied without applying anything", async () => {
		await using database = await emptyDatabase();
		const env = { DATABASE_URL: database.url };
		expect((await runCli(["migrate", "--status"], env)).stdout).toMatch(/^0001_schema_and_roles +-$/m);
		const { rows } = await database.query("SELECT to_regnamespace('reward_outbox') AS schema");
		expect(rows).toEqual([{ schema: null }]);
		await runCli(["migrate"], env);
		const { code, stdout } = await runCli(["migrate", "--status", "--json"], env);
		expect(code).toBe(0);
		const steps = stdout
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(steps[0]).toEqual({ name: "0001_schema_and_roles", applied_at: expect.stringMatching(/^20\d\d-.*Z$/) });
		expect(steps.filter((step) => step.applied_at === null)).toEqual([]);
	});

	test("--sql prints what it would run, as SQL that a DBA can run", async () => {
		await using database = await emptyDatabase();
		const env = { DATABASE_URL: database.url };
		const { code, stdout } = await runCli(["migrate", "--sql"], env);
		expect(code).toBe(0);
		await database.query(stdout);
		expect(await runCli(["migrate"], env)).toMatchObject({ code: 0, stdout: "up to date\n" });
		const { rows } = await database.query("SELECT reward_outbox.emit('t', 'u') IS NOT NULL AS works");
		expect(rows).toEqual([{ works: true }]);
	});

	test("--sql of an up-to-date database is a comment", async () => {
		await using database = await createTestDatabase();
		const ended = await runCli(["migrate", "--sql"], { DATABASE_URL: database.url });
		expect(ended).toMatchObject({ code: 0, stdout: "-- up to date\n" });
	});

	test("four at once on an empty database: one applies, all succeed", { timeout: 60_000 }, async () => {
		await using database = await emptyDatabase();
		const env = { DATABASE_URL: database.url };
		const ended = await Promise.all([1, 2, 3, 4].map(() => runCli(["migrate"], env)));
		expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(4).fill({ code: 0, stderr: "" }));
		expect(ended.filter(({ stdout }) => stdout !== "up to date\n")).toHaveLength(1);
	});

	test("a schema newer than this version is refused, with the reason", async () => {
		await using database = await createTestDatabase();
		await database.query(
			"INSERT INTO reward_outbox.migrations (name, checksum, version) VALUES ('9999_later', 'x', '9.0.0')",
		);
		for (const args of [["migrate"], ["migrate", "--status"], ["migrate", "--sql"]]) {
			const ended = await runCli(args, { DATABASE_URL: database.url });
			expect(ended).toMatchObject({ code: 1, stdout: "" });
			expect(ended.stderr).toMatch(/^error: .*newer than this version.*9999_later.*\nhint: .+\n$/);
		}
	});

	test("functions whose text has changed are replaced, and what a DBA granted on them stays", async () => {
		await using database = await createTestDatabase();
		await using user = await loginRole();
		const env = { DATABASE_URL: database.url };
		await database.query(`GRANT EXECUTE ON FUNCTION reward_outbox.tidy() TO ${user.name}`);
		await database.query("COMMENT ON FUNCTION reward_outbox.tidy() IS 'of an earlier version'");
		await database.query("UPDATE reward_outbox.migrations SET checksum = 'x' WHERE name = 'functions'");
		expect(await runCli(["migrate"], env)).toMatchObject({ code: 0, stdout: "applied functions\n", stderr: "" });
		const { rows } = await database.query(
			`SELECT obj_description('reward_outbox.tidy()'::regprocedure) AS comment, has_function_privilege('${user.name}', 'reward_outbox.tidy()', 'EXECUTE') AS granted`,
		);
		expect(rows).toEqual([{ comment: expect.not.stringContaining("earlier"), granted: true }]);
		await database.query(`REVOKE EXECUTE ON FUNCTION reward_outbox.tidy() FROM ${user.name}`);
	});

	test("under load it never has others wait for long behind it, and succeeds when a long transaction has ended", {
		timeout: 60_000,
	}, async () => {
		await using database = await createTestDatabase();
		await using holder = await connected(database.url);
		await using writer = await connected(database.url);
		await database.query("UPDATE reward_outbox.migrations SET checksum = 'x' WHERE name = 'functions'");
		// What replacing a database trigger has to wait for.
		await holder.client.query("BEGIN; LOCK TABLE reward_outbox.event_states IN ROW EXCLUSIVE MODE");
		const migrated = runCli(["migrate"], { DATABASE_URL: database.url });
		await writer.client.query("SET lock_timeout = '3s'");
		const blocked =
			"SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock' AND relation = 'reward_outbox.event_states'::regclass";
		let refused = 0;
		const writing = (async () => {
			while (refused < 3) await writer.client.query("DELETE FROM reward_outbox.event_states");
		})();
		for (let before = 0; refused < 3; ) {
			const now = (await database.query<{ n: number }>(blocked)).rows[0]?.n ?? 0;
			if (now < before) refused += 1;
			before = now;
		}
		await writing;
		await holder.client.query("COMMIT");
		expect(await migrated).toMatchObject({ code: 0, stdout: "applied functions\n", stderr: "" });
	});

	test("a migration that was run from another text is refused: nobody knows what is in the database", async () => {
		await using database = await createTestDatabase();
		await database.query("UPDATE reward_outbox.migrations SET checksum = 'x' WHERE name = '0002_outbox'");
		for (const args of [["migrate"], ["migrate", "--status"], ["doctor"]]) {
			const ended = await runCli(args, { DATABASE_URL: database.url });
			expect(ended.code).toBe(1);
			expect(ended.stdout + ended.stderr).toMatch(/other texts than this version.*0002_outbox/);
		}
	});

	test("functions of a later version are used, and never replaced by older ones", async () => {
		await using database = await createTestDatabase();
		const env = { DATABASE_URL: database.url };
		await database.query(
			"UPDATE reward_outbox.migrations SET checksum = 'x', version = '99.10.0' WHERE name = 'functions'",
		);
		expect(await runCli(["status"], env)).toMatchObject({ code: 0, stderr: "" });
		const ended = await runCli(["migrate"], env);
		expect(ended).toMatchObject({ code: 1, stdout: "" });
		expect(ended.stderr).toMatch(/newer than this version.*functions/);
	});

	test.each([
		["ddl_command_end", ""],
		["ddl_command_end", "WHEN TAG IN ('CREATE FUNCTION')"],
		["sql_drop", ""],
	])("an event trigger on %s %s that refuses it is named, and nothing is half done", async (event, when) => {
		await using database = await emptyDatabase();
		await database.query(
			"CREATE FUNCTION frozen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$ask the DBA$$; END'",
		);
		await database.query(`CREATE EVENT TRIGGER no_ddl ON ${event} ${when} EXECUTE FUNCTION frozen()`);
		const { code, stderr } = await runCli(["migrate"], { DATABASE_URL: database.url });
		expect(code).toBe(1);
		expect(stderr).toMatch(
			/^error: the event trigger no_ddl of this database refuses it: ask the DBA; nothing was changed\n/,
		);
		expect(stderr).toContain("ALTER EVENT TRIGGER no_ddl DISABLE");
		const { rows } = await database.query("SELECT to_regnamespace('reward_outbox') AS schema");
		expect(rows).toEqual([{ schema: null }]);
	});

	test("a user without the privilege gets to know which one it takes", async () => {
		await using database = await emptyDatabase();
		await using user = await loginRole();
		const ended = await runCli(["migrate"], { DATABASE_URL: user.urlOf(database.url) });
		expect(ended).toMatchObject({ code: 1, stdout: "" });
		expect(ended.stderr).toMatch(
			/^error: \S+ may not create a schema in this database\nhint: Ask a DBA to run: CREATE SCHEMA .*\n$/,
		);
	});
});

describe.skipIf(!inject("testServer").embedded)("on a cluster without our roles", () => {
	test("migrations of several databases at once do not trip over the roles", { timeout: 90_000 }, async () => {
		await using server = await startPostgres();
		await using admin = await connected(server.url);
		const urls = ["a", "b", "c"].map((name) => server.url.replace(/postgres$/, name));
		for (const name of ["a", "b", "c"]) await admin.client.query(`CREATE DATABASE ${name}`);
		const twice = [...urls, ...urls];
		const ended = await Promise.all(twice.map((url) => runCli(["migrate"], { DATABASE_URL: url })));
		expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(6).fill({ code: 0, stderr: "" }));
	});
});

async function connected(url: string) {
	const { default: pg } = await import("pg");
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	return { client, [Symbol.asyncDispose]: () => client.end() };
}

async function loginRole() {
	const name = `test_login_${Math.random().toString(36).slice(2)}`;
	await queryAsAdmin(`CREATE ROLE ${name} LOGIN PASSWORD 'not-a-secret'`);
	return {
		name,
		urlOf(url: string): string {
			const own = new URL(url);
			own.username = name;
			own.password = "not-a-secret";
			return own.href;
		},
		[Symbol.asyncDispose]: async () => void (await queryAsAdmin(`DROP ROLE ${name}`)),
	};
}
