// The shortest way from a commit to a request: LISTEN, one claim, one POST. Records nothing, survives nothing.
import pg from "pg";
import { assignment } from "./assignment.ts";
import { post } from "./deliver.ts";
import { Wake } from "./wake.ts";

const CLAIM = `UPDATE naive_outbox SET sent_at = now() WHERE id IN (
  SELECT id FROM naive_outbox WHERE sent_at IS NULL ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
) RETURNING id, trigger_id, user_id, payload::text AS body`;

const wake = new Wake();
const client = new pg.Client({ connectionString: assignment.databaseUrl });
const listener = new pg.Client({ connectionString: assignment.databaseUrl });
await Promise.all([client.connect(), listener.connect()]);
listener.on("notification", () => wake.notify());
await listener.query("LISTEN naive_outbox");

for (;;) {
	const { rows } = await client.query<{ id: string; trigger_id: string; user_id: string; body: string }>({
		name: "claim",
		text: CLAIM,
	});
	for (const row of rows) void post(row.trigger_id, row.user_id, row.id, row.body);
	if (rows.length === 0) await wake.wait(1_000);
}
