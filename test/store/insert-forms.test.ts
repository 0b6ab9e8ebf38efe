import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";

const database = useTestDatabase();
const LOGIN = "reward_outbox_test_forms";
let writer: pg.Client;

beforeAll(async () => {
	await queryAsAdmin(`CREATE ROLE ${LOGIN} LOGIN PASSWORD 'not-a-secret' IN ROLE reward_outbox_writer`);
	writer = new pg.Client({ connectionString: urlFor(database.current.url, LOGIN, "not-a-secret") });
	await writer.connect();
});

afterAll(async () => {
	await writer.end();
	await queryAsAdmin(`DROP ROLE ${LOGIN}`);
});

const COLUMNS = `("trigger_id", "user_id", "payload", "idempotency_key")`;
const VALUES = `VALUES ('successful_payment', 'user123', '{"value": 19.99}', KEY)`;

/** As the libraries send them, with a writer's rights and no others. */
const FORMS: readonly (readonly [library: string, statement: string, returns: number])[] = [
	["plain SQL, Doctrine", `INSERT INTO reward_outbox.new_events ${COLUMNS} ${VALUES}`, 0],
	["Rails, Django, SQLAlchemy", `INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} RETURNING "id"`, 1],
	[
		"Rails insert_all",
		`INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} ON CONFLICT DO NOTHING RETURNING "id"`,
		1,
	],
	[
		"Hibernate",
		`insert into reward_outbox.new_events as e1_0 (trigger_id,user_id,payload) values ('t','u','{}') returning id`,
		1,
	],
	[
		"Prisma",
		`INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} RETURNING "reward_outbox"."new_events"."id", "reward_outbox"."new_events"."trigger_id", "reward_outbox"."new_events"."payload", "reward_outbox"."new_events"."created_at"`,
		1,
	],
	["Sequel, Objection, Eloquent", `INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} RETURNING *`, 1],
	["Laravel insertOrIgnore", `insert into "reward_outbox"."new_events" ${COLUMNS} ${VALUES} on conflict do nothing`, 0],
	[
		"an upsert by the key",
		`INSERT INTO reward_outbox.new_events ${COLUMNS} ${VALUES} ON CONFLICT DO NOTHING RETURNING *`,
		1,
	],
	[
		"Prisma createMany, Sequelize ignoreDuplicates by the key",
		`INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} ON CONFLICT ("idempotency_key") DO NOTHING`,
		0,
	],
	[
		"Rails insert_all unique_by",
		`INSERT INTO "reward_outbox"."new_events" ${COLUMNS} ${VALUES} ON CONFLICT ("idempotency_key") WHERE (idempotency_key IS NOT NULL) DO NOTHING RETURNING "id"`,
		1,
	],
	[
		"every column by default",
		`INSERT INTO reward_outbox.new_events (trigger_id, user_id, payload) VALUES ('t', 'u', DEFAULT) RETURNING *`,
		1,
	],
	[
		"a batch",
		`INSERT INTO reward_outbox.new_events (trigger_id, user_id) SELECT 't', 'u' || n FROM generate_series(1, 3) n RETURNING *`,
		3,
	],
	[
		"data-modifying WITH",
		`WITH e AS (INSERT INTO reward_outbox.new_events ${COLUMNS} ${VALUES} RETURNING *) SELECT id FROM e`,
		1,
	],
];

describe("a writer may insert through new_events in the form of", () => {
	test.each(FORMS)("%s", async (library, statement, returns) => {
		const { rows } = await writer.query(statement.replace("KEY", `'key of ${library}'`));
		expect(rows).toHaveLength(returns);
		if (returns > 0) expect(rows[0].id).toMatch(/^[0-9a-f-]{36}$/);
	});
});

const TARGETS = [
	"",
	"(idempotency_key)",
	"(idempotency_key) WHERE idempotency_key IS NOT NULL",
	"(idempotency_key) WHERE idempotency_key IS NOT NULL AND source IS NULL",
] as const;
const twice = (table: string, key: string, conflict: string) => `
	INSERT INTO reward_outbox.${table} (trigger_id, user_id, idempotency_key)
	VALUES ('t', 'u', '${key}'), ('t', 'u', '${key}') ON CONFLICT ${conflict} DO NOTHING RETURNING id`;

describe("a key that was used already adds nothing with ON CONFLICT", () => {
	test.each(TARGETS.slice(0, 3))("'%s' by a writer, through new_events", async (target) => {
		const statement = twice("new_events", `writer's ${target}`.replaceAll("'", "''"), target);
		expect((await writer.query(statement)).rowCount).toBe(1);
		expect((await writer.query(statement)).rowCount).toBe(0);
	});

	test.each(TARGETS)("'%s' by who may read the table, in the table itself", async (target) => {
		const statement = twice("outbox", `owner''s ${target}`, target);
		expect((await database.current.query(statement)).rowCount).toBe(1);
		expect((await database.current.query(statement)).rowCount).toBe(0);
	});

	test("by a writer in the table itself, where no column is named", async () => {
		const statement = twice("outbox", "writer in the table", "");
		expect((await writer.query(statement)).rowCount).toBe(1);
		expect((await writer.query(statement)).rowCount).toBe(0);
		// To name a column takes the right to read it, and with that the keys of everybody.
		await expect(writer.query(twice("outbox", "other", "(idempotency_key)"))).rejects.toMatchObject({ code: "42501" });
	});

	test("and events without a key are never duplicates", async () => {
		const statement =
			"INSERT INTO reward_outbox.new_events (trigger_id, user_id) VALUES ('t', 'u') ON CONFLICT (idempotency_key) DO NOTHING";
		expect((await writer.query(statement)).rowCount).toBe(1);
		expect((await writer.query(statement)).rowCount).toBe(1);
	});
});

test("what a writer can read there is what its own transaction has written, and nothing of anybody else", async () => {
	const seen = async () => (await writer.query("SELECT user_id FROM reward_outbox.new_events")).rows;
	await database.current.query("SELECT reward_outbox.emit('t', 'somebody else')");
	expect(await seen()).toEqual([]);
	await writer.query("BEGIN");
	await writer.query("INSERT INTO reward_outbox.new_events (trigger_id, user_id) VALUES ('t', 'mine')");
	expect(await seen()).toEqual([{ user_id: "mine" }]);
	await writer.query("COMMIT");
	expect(await seen()).toEqual([]);
});

test("a writer can neither choose an id or a source there, nor change or delete", async () => {
	for (const statement of [
		"INSERT INTO reward_outbox.new_events (id, trigger_id, user_id) VALUES (gen_random_uuid(), 't', 'u')",
		"INSERT INTO reward_outbox.new_events (created_at, trigger_id, user_id) VALUES (now(), 't', 'u')",
		"UPDATE reward_outbox.new_events SET user_id = 'x'",
		"DELETE FROM reward_outbox.new_events",
	]) {
		await expect(writer.query(statement)).rejects.toMatchObject({ code: "42501" });
	}
});

test("what the outbox refuses is refused there, by the same rules", async () => {
	await expect(
		writer.query("INSERT INTO reward_outbox.new_events (trigger_id, user_id) VALUES ('', 'u')"),
	).rejects.toMatchObject({ code: "23514" });
});
