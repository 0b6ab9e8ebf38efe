import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openReceiptsDatabase, receiveWebhook } from "../../src/store/receipts/receive.ts";
import { checkSchema } from "../../src/store/schema.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";
import { webhook } from "./webhooks.ts";

const database = useTestDatabase();
const login = `reward_outbox_test_webhook_${randomBytes(4).toString("hex")}`;

beforeAll(() => queryAsAdmin(`CREATE ROLE ${login} LOGIN PASSWORD 'x' IN ROLE reward_outbox_webhook`));
afterAll(() => queryAsAdmin(`DROP ROLE ${login}`));

const address = () => urlFor(database.current.url, login);

test("the webhook role hands over webhooks", async () => {
	const db = openReceiptsDatabase(address());
	try {
		await checkSchema(db);
		expect(await receiveWebhook(db, Buffer.from(webhook()))).toMatchObject({ received: "recorded" });
		expect(await receiveWebhook(db, Buffer.from("?"))).toMatchObject({ received: "quarantined" });
	} finally {
		await db.end();
	}
});

test("and can do nothing else: read nothing, write no event, call no other function", async () => {
	const { rows: relations } = await database.current.query<{ name: string }>(
		`SELECT c.oid::regclass::text AS name FROM pg_class c
		 WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'migrations'`,
	);
	const { rows: functions } = await database.current.query<{ name: string }>(
		`SELECT p.proname AS name FROM pg_proc p
		 WHERE p.pronamespace = 'reward_outbox'::regnamespace AND has_function_privilege('reward_outbox_webhook', p.oid, 'EXECUTE')
		 ORDER BY 1`,
	);
	expect(functions.map(({ name }) => name)).toEqual([
		"has_control_characters",
		"new_event_id",
		"readable",
		"receive_webhook",
	]);
	const client = new pg.Client({ connectionString: address() });
	await client.connect();
	try {
		for (const { name } of relations) {
			await expect(client.query(`SELECT FROM ${name}`), name).rejects.toMatchObject({ code: "42501" });
			await expect(client.query(`DELETE FROM ${name}`), name).rejects.toMatchObject({
				code: expect.stringMatching(/^(42501|55000)$/),
			});
			await expect(client.query(`DO $$ BEGIN LOCK TABLE ${name} IN SHARE MODE; END $$`), name).rejects.toMatchObject({
				code: "42501",
			});
		}
		const emit = "INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'u')";
		await expect(client.query(emit)).rejects.toMatchObject({ code: "42501" });
		await expect(client.query("SELECT reward_outbox.emit('t', 'u')")).rejects.toMatchObject({ code: "42501" });
	} finally {
		await client.end();
	}
	expect((await database.current.query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(0);
});
