import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ALERT_SETTINGS } from "../../src/alerts/alert-hook.ts";
import { checkWatches } from "../../src/doctor/watches.ts";
import type { AttentionInWords } from "../../src/event/attention-entry.ts";
import { observeAttention } from "../../src/store/alerts.ts";
import { readDepth } from "../../src/store/depth.ts";
import { readCondition } from "../../src/store/inspect/condition.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { applyRules } from "../../src/store/watches/apply.ts";
import { listWatches } from "../../src/store/watches/list.ts";
import type { Rule as FileRule } from "../../src/store/watches/rule.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";
import { ORDER_PAID, ORDERS, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);
const RELAY = "watch_notice_relay";
/** With the rights of a relay and no others. */
let relay: pg.Pool;
let file: readonly FileRule[];

beforeAll(async () => {
	await queryAsAdmin(`CREATE ROLE ${RELAY} LOGIN PASSWORD 'x'; GRANT reward_outbox_relay TO ${RELAY}`);
	relay = new pg.Pool({ connectionString: urlFor(database.current.url, RELAY), max: 3 });
});

afterAll(async () => {
	await relay.end();
	await queryAsAdmin(`DROP ROLE ${RELAY}`);
});

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders, public.orders_old, public.parent CASCADE");
	await query("DELETE FROM reward_outbox.watch_rules");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors, reward_outbox.alerts");
	await query("SELECT setval('reward_outbox.watch_misses', 1, false)");
	await query(ORDERS);
	await watch(database.current.pool, ORDER_PAID);
	file = await listWatches(database.current.pool);
});

/** Of watches, as a relay sees it. */
async function seenByRelay(): Promise<AttentionInWords[]> {
	const all = attentionInWords(await readCondition(relay));
	return all.filter(({ code }) => ["broken_watch", "lost_changes", "watch_errors"].includes(code));
}

/** What is told at once. */
const told = (seen: AttentionInWords[]) => observeAttention(relay, seen, ALERT_SETTINGS);

const REPLACED: [how: string, statements: string][] = [
	["dropped and made again", `DROP TABLE orders; ${ORDERS}`],
	["dropped with what hangs on it, and restored by the same name", `DROP TABLE orders CASCADE; ${ORDERS}`],
	[
		"swapped by renames, as online migrations do",
		`CREATE TABLE orders_new (LIKE orders INCLUDING ALL);
		 BEGIN; ALTER TABLE orders RENAME TO orders_old; ALTER TABLE orders_new RENAME TO orders; COMMIT`,
	],
	[
		"attached as a partition",
		`CREATE TABLE parent (id bigint, customer_id bigint, total numeric, status text) PARTITION BY RANGE (id);
		 ALTER TABLE parent ATTACH PARTITION orders FOR VALUES FROM (0) TO (100)`,
	],
	["made a child", "CREATE TABLE parent (id bigint); ALTER TABLE orders INHERIT parent"],
];

describe.each(REPLACED)("a watched table that is %s", (how, statements) => {
	test("is noticed by status, metrics, doctor and an alert, with the rights of a relay", async () => {
		expect(await seenByRelay()).toEqual([]);
		await query(statements);
		const seen = await seenByRelay();
		expect(seen).toMatchObject([{ code: "broken_watch", subject: "order_paid", severity: "critical" }]);
		expect(await readDepth(relay)).toMatchObject({ brokenWatches: 1 });
		expect(attentionInWords(await readOverview(database.current.pool))).toContainEqual(seen[0]);
		for (const db of [relay, database.current.pool])
			expect(await checkWatches(db)).toMatchObject([
				{ verdict: "fail", message: expect.stringContaining("order_paid on") },
			]);
		expect(await told(seen)).toEqual([]);
		await query("UPDATE reward_outbox.alerts SET seen_from = seen_from - interval '31 seconds'");
		expect(await told(seen)).toMatchObject([{ status: "firing", code: "broken_watch" }]);
	});

	test("is watched again after the file of rules is applied", async () => {
		await query(statements);
		await applyRules(database.current.pool, { rules: file, prune: false, dryRun: false });
		expect(await stateOf(database.current.pool)).toEqual({ state: "ok", problem: null });
		expect(await seenByRelay()).toEqual([]);
		const through = how === "attached as a partition" ? "parent" : "orders";
		await query(`INSERT INTO ${through} (id, customer_id, total, status) VALUES (1, 10, 1, 'paid')`);
		expect(await users(database.current.pool)).toEqual(["10"]);
	});
});

test("a partition that stands alone again is watched as before, and nothing is said", async () => {
	await query(`CREATE TABLE parent (id bigint, customer_id bigint, total numeric, status text) PARTITION BY RANGE (id);
		ALTER TABLE parent ATTACH PARTITION orders FOR VALUES FROM (0) TO (100)`);
	await applyRules(database.current.pool, { rules: file, prune: false, dryRun: false });
	await query("ALTER TABLE parent DETACH PARTITION orders");
	expect(await seenByRelay()).toEqual([]);
	await query("INSERT INTO orders (id, customer_id, total, status) VALUES (1, 10, 1, 'paid')");
	expect(await users(database.current.pool)).toEqual(["10"]);
});

describe("what could be neither captured nor recorded", () => {
	beforeEach(async () => {
		const holder = new pg.Client(database.current.url);
		await holder.connect();
		try {
			await holder.query("BEGIN; LOCK TABLE reward_outbox.outbox, reward_outbox.watch_errors IN ACCESS EXCLUSIVE MODE");
			await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'paid')");
		} finally {
			await holder.end();
		}
	});

	test("is in status, metrics and doctor, and alerted at once, with the rights of a relay", async () => {
		const seen = await seenByRelay();
		expect(seen).toMatchObject([
			{
				code: "lost_changes",
				severity: "critical",
				title: "Watches: once changes could be neither captured nor recorded",
			},
		]);
		expect(await readDepth(relay)).toMatchObject({ lostChanges: 1 });
		expect(attentionInWords(await readOverview(database.current.pool))).toContainEqual(seen[0]);
		expect(await checkWatches(relay)).toMatchObject([
			{ verdict: "fail", message: expect.stringMatching(/neither captured nor recorded/), fix: expect.any(String) },
		]);
		expect(await told(seen)).toMatchObject([{ status: "firing", code: "lost_changes" }]);
	});

	test("is over when the owner has said so", async () => {
		await query("SELECT setval('reward_outbox.watch_misses', 1, false)");
		expect(await seenByRelay()).toEqual([]);
	});
});
