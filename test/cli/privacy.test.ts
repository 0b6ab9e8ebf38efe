import { expect, test } from "vitest";
import { accept, claimAll, fail, insert, insertOne, SERVER_ERROR } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { webhook } from "../webhook/webhooks.ts";
import { runCli } from "./run-cli.ts";

const ADA = 'ada@example.com "x"';

const receive = (database: TestDatabase, text: string) =>
	database.query("SELECT reward_outbox.receive_webhook($1)", [Buffer.from(text)]);

/** Wherever a person's name may stand. */
async function traces(database: TestDatabase): Promise<void> {
	const event = { user: ADA, payload: `{"value": 19.90, "email": ${JSON.stringify(ADA)}}` };
	await insert(database.pool, { ...event, metadata: `{"who": ${JSON.stringify(ADA)}}`, orderingKey: ADA }, 2);
	await insertOne(database.pool, { ...event, idempotencyKey: `order-${ADA}` });
	await insertOne(database.pool, { user: "bob", payload: '{"value": 1}' });
	await accept(database, await claimAll(database));
	await accept(database, await claimAll(database));
	const [dead] = await insert(database.pool, event);
	await fail(database, await claimAll(database), {
		decision: { next: "dead" },
		outcome: { ...SERVER_ERROR, errorMessage: `no ${ADA}`, responseBody: `no ${ADA}` } as never,
	});
	await database.query("SELECT FROM reward_outbox.retry_events($1, true, $2)", [[dead], `${ADA} asked`]);
	await database.query("SELECT FROM reward_outbox.cancel_events($1, $2)", [[dead], `${ADA} again`]);
	await receive(database, webhook({ user: ADA, value: "19.9" }));
	await receive(database, `{"id": 1, "user": ${JSON.stringify(ADA)}}`);
	await database.query(
		`INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, key, error_code, error_message, new_row)
		 VALUES ('w', 't', 'INSERT', to_jsonb($1::text), '22000', 'bad ' || $1, jsonb_build_object('who', $1::text))`,
		[ADA],
	);
	await database.query(
		`INSERT INTO reward_outbox.missing_events (event_id, attempt, outcome, trigger_id, user_id, sent_at, reported_by)
		 VALUES (gen_random_uuid(), 1, 'accepted', 'paid', $1, now(), 'r')`,
		[ADA],
	);
}

/** Every text of every table, as one. */
async function everything(database: TestDatabase): Promise<string> {
	const { rows: tables } = await database.query<{ name: string }>(
		`SELECT c.oid::regclass::text AS name FROM pg_class c
		 WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind = 'r'`,
	);
	const texts: string[] = [];
	for (const { name } of tables) {
		const { rows } = await database.query<{ text: string }>(`SELECT to_jsonb(t)::text AS text FROM ${name} t`);
		texts.push(...rows.map(({ text }) => text));
	}
	const { rows: bodies } = await database.query(
		"SELECT encode(body, 'escape') AS body FROM reward_outbox.receipt_quarantine",
	);
	return texts.join("\n") + bodies.map((row) => row["body"]).join("\n");
}

test("erase leaves a person's name nowhere, and the sums as they were; the act is on record without the name", async () => {
	await using database = await createTestDatabase();
	await traces(database);
	const env = { DATABASE_URL: database.url };
	const sums = async () =>
		(
			await database.query(
				`SELECT count(*)::integer AS events, sum((payload ->> 'value')::numeric)::text AS value FROM reward_outbox.outbox`,
			)
		).rows[0];
	const before = await sums();
	expect(await everything(database)).toContain("ada@example.com");

	const asked = await runCli(["erase", "--user", ADA], env);
	expect(asked.stdout).toContain("would erase 4 events and 1 receipt; nothing was changed");
	expect(await everything(database)).toContain("ada@example.com");

	const { code, stdout } = await runCli(["erase", "--user", ADA, "--yes", "--json", "--actor", "dpo"], env);
	expect(code).toBe(0);
	expect(JSON.parse(stdout)).toMatchObject({
		erased: true,
		events: 4,
		receipts: 1,
		not_reached: expect.stringContaining("Reward itself"),
	});
	expect(await everything(database)).not.toContain("ada@example.com");
	expect(await sums()).toEqual(before);
	const { rows: acts } = await database.query(
		"SELECT actor, detail FROM reward_outbox.operations WHERE action = 'erase'",
	);
	expect(acts).toMatchObject([
		{ actor: expect.stringMatching(/^dpo/), detail: { pseudonym: expect.stringMatching(/^erased:[0-9a-f]{32}$/) } },
	]);
	// Receipts and events still go together.
	const { rows } = await database.query(
		"SELECT DISTINCT o.user_id = r.user_id AS alike FROM reward_outbox.outbox o, reward_outbox.receipts r WHERE o.user_id <> 'bob'",
	);
	expect(rows).toEqual([{ alike: true }]);
	expect((await runCli(["export", "--user", ADA], env)).stdout).toBe("");
	expect((await runCli(["export", "--user", "bob"], env)).stdout.trim().split("\n")).toHaveLength(1);
});

test("erase is refused while an event of the person may still be sent", async () => {
	await using database = await createTestDatabase();
	await insertOne(database.pool, { user: ADA });
	const { code, stderr } = await runCli(["erase", "--user", ADA, "--yes"], { DATABASE_URL: database.url });
	expect(code).toBe(1);
	expect(stderr).toMatch(/1 event of this user is not finished; nothing was erased\nhint: /);
	expect((await database.query("SELECT user_id FROM reward_outbox.outbox")).rows).toEqual([{ user_id: ADA }]);
	const bare = database.query("SELECT reward_outbox.erase_user($1, 10)", [ADA]);
	await expect(bare).rejects.toMatchObject({ code: "55000" });
});

test("export gives a person all that is stored about them, number for number", async () => {
	await using database = await createTestDatabase();
	await traces(database);
	await database.query(
		`UPDATE reward_outbox.outbox SET payload = '{"value": 9007199254740993.10}' WHERE idempotency_key IS NOT NULL`,
	);
	const { code, stdout, stderr } = await runCli(["export", "--user", ADA], { DATABASE_URL: database.url });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const records = stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(records.map(({ kind }) => kind).sort()).toEqual([
		"event",
		"event",
		"event",
		"event",
		"missing_event",
		"receipt",
		"watch_error",
	]);
	expect(stdout).toContain('"value": 9007199254740993.10');
	const cancelled = records.find(({ record }) => record.status === "cancelled").record;
	expect(cancelled.attempts).toHaveLength(1);
	expect(cancelled.operations.map(({ action }: { action: string }) => action)).toEqual(["retry", "cancel"]);
});

test("retention set and show", async () => {
	await using database = await createTestDatabase();
	const env = { DATABASE_URL: database.url };
	const spans = ["--delivered", "90d", "--dead", "400d", "--payload", "30d", "--response-body", "7d"];
	expect((await runCli(["retention", "set", ...spans], env)).code).toBe(0);
	const { stdout } = await runCli(["retention", "set", "--dead", "forever", "--json"], env);
	const policy = {
		delivered: 7_776_000,
		dead: null,
		cancelled: null,
		payload: 2_592_000,
		response_body: 604_800,
		receipts: null,
		idempotency_keys: null,
	};
	expect(JSON.parse(stdout)).toEqual(policy);
	expect(JSON.parse((await runCli(["retention", "show", "--json"], env)).stdout)).toEqual(policy);
	expect((await runCli(["retention", "show"], env)).stdout).toMatch(/delivered\s+90 d/);
	expect((await runCli(["retention", "set", "--dead", "10m"], env)).code).toBe(2);
	expect((await runCli(["retention", "set"], env)).code).toBe(2);
	const { rows } = await database.query("SELECT action FROM reward_outbox.operations");
	expect(rows).toEqual([{ action: "set_retention" }, { action: "set_retention" }]);
});
