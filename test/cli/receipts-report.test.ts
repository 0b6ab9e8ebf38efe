import { expect, test } from "vitest";
import { accept, claimAll, fail, insert, insertOne } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { webhook } from "../webhook/webhooks.ts";
import { runCli } from "./run-cli.ts";

const receive = (database: TestDatabase, user: string, value: string) =>
	database.query("SELECT reward_outbox.receive_webhook($1)", [Buffer.from(webhook({ trigger: "paid", user, value }))]);

/** A day's business: what was written, sent and heard of, yesterday. */
async function business(database: TestDatabase): Promise<void> {
	const paid = (user: string, value: string) => ({ trigger: "paid", user, payload: `{"value": ${value}}` });
	await insert(database.pool, paid("ada", "19.90"), 3);
	await insertOne(database.pool, paid("bob", "0.10"));
	await accept(database, await claimAll(database));
	await insertOne(database.pool, paid("carl", "412.50"));
	await fail(database, await claimAll(database), { decision: { next: "uncertain" } });
	await insertOne(database.pool, paid("dora", "7"));
	await fail(database, await claimAll(database), {
		decision: { next: "dead" },
		outcome: { class: "refused", httpStatus: 400, errorCode: "bad", errorMessage: null, responseBody: null } as never,
	});
	await receive(database, "ada", "19.9");
	await receive(database, "ada", "19.900");
	await receive(database, "bob", "0.1");
	await receive(database, "eve", "1000000");
	await database.query("UPDATE reward_outbox.attempt_log SET started_at = started_at - interval '26 hours'");
	await database.query(
		"UPDATE reward_outbox.receipts SET received_at = received_at - interval '26 hours' + interval '300 ms'",
	);
	await insertOne(database.pool, paid("frank", "1.25"));
}

test("receipts report says what was owed, what was acknowledged, and names every difference, in events and in value", async () => {
	await using database = await createTestDatabase();
	await business(database);
	const env = { DATABASE_URL: database.url };
	const { code, stdout, stderr } = await runCli(["receipts", "report", "--since", "2d", "--json"], env);
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const { total, lines, evidence, caveat, horizons_ms } = JSON.parse(stdout);
	expect(total).toMatchObject({
		committed: { events: 7, value: "480.55" },
		accepted: { events: 4, value: "59.80" },
		confirmed: { events: 3, value: "39.90" },
		missing: { events: 1, value: "19.90" },
		awaited: { events: 0 },
		ambiguous: { events: 1, value: "412.50" },
		ambiguous_with_receipt: { events: 0 },
		dead: { events: 1, value: "7" },
		pending: { events: 1, value: "1.25" },
		surplus: { events: 1, value: "1000000" },
	});
	expect(total.median_delay_ms).toBeGreaterThan(0);
	expect(lines.every(({ trigger_id }: { trigger_id: string }) => trigger_id === "paid")).toBe(true);
	expect({ evidence, horizons_ms }).toEqual({ evidence: "unsigned_receipts", horizons_ms: { paid: 86_400_000 } });
	expect(caveat).toContain("not proof");

	const table = await runCli(["receipts", "report", "--since", "2d"], env);
	expect(table.stdout).toContain("412.50");
	expect(table.stderr).toMatch(
		/owed 7 \(480\.55\), acknowledged by a receipt 3 \(39\.90\): .*1 \(19\.90\) accepted, and no receipt came/,
	);
	expect(table.stderr).toContain("1 (1000000) receipts are explained by no request");
	expect(table.stderr).toContain("not proof");
});

test("a span, a trigger, and nothing at all", async () => {
	await using database = await createTestDatabase();
	await business(database);
	const env = { DATABASE_URL: database.url };
	const report = async (...more: string[]) => runCli(["receipts", "report", ...more], env);
	expect((await report("--since", "2d", "--trigger", "other")).stderr).toContain("nothing was written or received");
	const earlier = await report("--since", "2d", "--until", "1d", "--json");
	expect(JSON.parse(earlier.stdout).total).toMatchObject({ committed: { events: 0 }, accepted: { events: 0 } });
	expect((await report("--json")).code).toBe(2);
});
