// What one writes in an afternoon: LISTEN, SELECT … LIMIT 100, fetch, UPDATE. A hundred at a time, which is kind: most
// do them in turn.
import pg from "pg";
import { assignment } from "./assignment.ts";
import { pathOf } from "./deliver.ts";
import { Wake } from "./wake.ts";

interface Row {
	readonly id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly payload: unknown;
}

const wake = new Wake();
const pool = new pg.Pool({ connectionString: assignment.databaseUrl, max: 10 });
const listener = new pg.Client({ connectionString: assignment.databaseUrl });
await listener.connect();
listener.on("notification", () => wake.notify());
await listener.query("LISTEN naive_outbox");

for (;;) {
	const { rows } = await pool.query<Row>(
		"SELECT id, trigger_id, user_id, payload FROM naive_outbox WHERE sent_at IS NULL ORDER BY id LIMIT 100",
	);
	await Promise.all(rows.map(send));
	if (rows.length === 0) await wake.wait(1_000);
}

async function send(row: Row): Promise<void> {
	const response = await fetch(assignment.sinkUrl + pathOf(row.trigger_id, row.user_id), {
		method: "POST",
		headers: { authorization: "Bearer sk_test_bench", "content-type": "application/json", "idempotency-key": row.id },
		body: JSON.stringify(row.payload),
	});
	await response.text();
	if (response.ok) await pool.query("UPDATE naive_outbox SET sent_at = now() WHERE id = $1", [row.id]);
}
