import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { ConsoleUnderTest } from "../console-under-test.ts";

const CUSTOMERS = ["ada", "grace", "linus", "margaret", "edsger", "barbara", "donald", "frances", "ken", "radia"];
const WRITE = `SELECT reward_outbox.emit(trigger_id => $1, user_id => $2, payload => $3::jsonb, metadata => $4::jsonb, idempotency_key => $5) AS id`;
const LOOK_EVERY_MS = 100;
const DEADLINE_MS = 30_000;
const SUMMER_CUSTOMERS = 180;

/** What the pictures need to know of the shop. */
export interface Shop {
	/** A customer who got no points. */
	readonly deadId: string;
	/** The customer, and the order number that is all they know. */
	readonly user: string;
	readonly order: string;
	/** Waits for a person. */
	readonly uncertainId: string;
	/** Delivered after some tries. */
	readonly lateId: string;
}

/** A shop with a past: an hour of traffic with an outage in it, and some things that need a person. */
export async function openShop(pool: pg.Pool, site: ConsoleUnderTest): Promise<Shop> {
	await pool.query("INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('welcome_bonus', 'at_most_once')");
	await pool.query("INSERT INTO reward_outbox.triggers (trigger_id, rate_per_second) VALUES ('newsletter', 20)");
	let orderNo = 4710;
	const sell = async (user: string, trigger = "successful_payment"): Promise<string> => {
		const order = ++orderNo;
		const payload = JSON.stringify({
			value: ((order * 37) % 9000) / 100,
			currency: "EUR",
			items: [{ sku: `A-${order % 89}`, quantity: 1 }],
		});
		const values = [
			trigger,
			user,
			payload,
			JSON.stringify({ order_id: order, shop: "Berlin" }),
			`order-${order}-${trigger}`,
		];
		return (await pool.query<{ id: string }>(WRITE, values)).rows[0]?.id as string;
	};
	const summer = Array.from({ length: SUMMER_CUSTOMERS }, (_, index) => `summer-${100 + index}`);
	for (const user of [...summer, "hedy"]) site.unknownUsers.add(user);
	for (const user of ["alan", "kay"]) site.unluckyUsers.add(user);
	const deadId = await sell("hedy");
	const lateId = await sell("kay");
	await tried(pool, lateId);
	site.unluckyUsers.delete("kay");
	for (const user of summer) await sell(user, "summer_campaign");
	const uncertainId = await sell("alan", "welcome_bonus");
	for (let round = 0; round < 6; round++) for (const user of CUSTOMERS) await sell(user);
	await settled(pool);
	await pool.query(
		"SELECT reward_outbox.pause_trigger('newsletter', 'wrong amount in the campaign; ask marketing', 'grace')",
	);
	for (const user of CUSTOMERS.slice(0, 4)) await sell(user, "newsletter");
	await pool.query("SELECT FROM reward_outbox.cancel_events(ARRAY[$1::uuid], 'test order', 'grace')", [
		await sell("test", "newsletter"),
	]);
	await rememberTraffic(pool);
	return { deadId, user: "hedy", order: "4711", uncertainId, lateId };
}

/** Until an event was tried a few times. */
async function tried(pool: pg.Pool, id: string): Promise<void> {
	const deadline = performance.now() + DEADLINE_MS;
	for (;;) {
		const { rows } = await pool.query<{ attempts: number }>("SELECT attempts FROM reward_outbox.events WHERE id = $1", [
			id,
		]);
		if ((rows[0]?.attempts ?? 0) >= 4) return;
		if (performance.now() > deadline) throw new Error("an event of the shop is not tried again");
		await sleep(LOOK_EVERY_MS);
	}
}

/** Until nothing is under way any more. */
async function settled(pool: pg.Pool): Promise<void> {
	const deadline = performance.now() + DEADLINE_MS;
	for (;;) {
		const { rows } = await pool.query<{ open: number }>(
			"SELECT count(*)::int AS open FROM reward_outbox.events WHERE status IN ('pending', 'sending')",
		);
		if (rows[0]?.open === 0) return;
		if (performance.now() > deadline) throw new Error(`${rows[0]?.open} events of the shop are still under way`);
		await sleep(LOOK_EVERY_MS);
	}
}

/** What relays would have reported in two days, with three minutes of the last hour in which Reward did not answer. */
async function rememberTraffic(pool: pg.Pool): Promise<void> {
	await pool.query(`
		INSERT INTO reward_outbox.relay_samples (relay_no, sample_no, at, span_ms, accepted, refused, not_sent, ambiguous, latency)
		SELECT r.relay_no, -n, clock_timestamp() - n * interval '10 seconds', 10000, t.accepted, (n % 13 = 0)::int * 2, CASE WHEN t.is_out THEN 60 ELSE 0 END,
		       CASE WHEN t.is_out THEN 14 ELSE (n % 29 = 0)::int END,
		       ARRAY[0, 0, 0, 0, t.accepted / 4, t.accepted / 2, t.accepted / 6, t.accepted / 12, 0, t.accepted / 20, t.accepted / 30, 0, 1, 0, 0, 0, 0,
		             CASE WHEN n BETWEEN 128 AND 147 THEN t.accepted / 3 ELSE 0 END, 0, 0, 0, 0, 0, 0, 0, 0, 0]
		FROM generate_series(2, 17280) AS n
		CROSS JOIN LATERAL (SELECT n BETWEEN 130 AND 147 AS is_out,
			(CASE WHEN n BETWEEN 130 AND 147 THEN 6 ELSE 90 + 40 * sin(n / 34.0) + 14 * sin(n * 1.7) END)::int AS accepted) t
		CROSS JOIN (SELECT max(relay_no) AS relay_no FROM reward_outbox.relays) r`);
}
