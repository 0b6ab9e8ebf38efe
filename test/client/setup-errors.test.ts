import pg from "pg";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const EVENT = { trigger: "t", user: "u" };

/** What `emit` says in a transaction of this user's. */
async function refusalOf(database: TestDatabase, role: string | null): Promise<unknown> {
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	try {
		await client.query("BEGIN");
		if (role !== null) await client.query(`SET LOCAL ROLE ${role}`);
		return await emit(client, EVENT).catch((error: unknown) => error);
	} finally {
		await client.end();
	}
}

test("a database without an outbox says what to run", async () => {
	await using database = await createTestDatabase();
	await database.query("DROP SCHEMA reward_outbox CASCADE");
	expect(await refusalOf(database, null)).toMatchObject({
		name: "OutboxSetupError",
		code: "schema_missing",
		reason: "no_schema",
		hint: expect.stringContaining("reward-outbox migrate"),
		cause: { code: "3F000" },
	});
});

test("an outbox of an older version, without the function, says the same", async () => {
	await using database = await createTestDatabase();
	await database.query("ALTER FUNCTION reward_outbox.emit RENAME TO emit_of_another_version");
	expect(await refusalOf(database, null)).toMatchObject({ code: "schema_missing", cause: { code: "42883" } });
});

test("a user without the role of a writer gets the GRANT", async () => {
	await using database = await createTestDatabase();
	await database.query("CREATE ROLE emit_without_rights_test");
	try {
		expect(await refusalOf(database, "emit_without_rights_test")).toMatchObject({
			code: "not_granted",
			reason: "no_privilege",
			hint: expect.stringContaining("GRANT reward_outbox_writer TO"),
			cause: { code: "42501" },
		});
	} finally {
		await database.query("DROP ROLE emit_without_rights_test");
	}
});

test("what somebody's own trigger misses stays the driver's error", async () => {
	await using database = await createTestDatabase();
	await database.query(`
		CREATE FUNCTION public.own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM no_such_function(); RETURN NULL; END $$;
		CREATE TRIGGER own AFTER INSERT ON reward_outbox.outbox FOR EACH ROW EXECUTE FUNCTION public.own()`);
	expect(await refusalOf(database, null)).toMatchObject({ name: "error", code: "42883" });
});
