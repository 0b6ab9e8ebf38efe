import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { SearchQueue } from "../../src/api/search-queue.ts";
import { readConsistently } from "../../src/store/inspect/reading.ts";
import { insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { type Answer, as, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
const STAYS = new AbortController().signal;

describe("heavy searches", () => {
	test("are taken one at a time, in the order of asking", async () => {
		const lane = new SearchQueue();
		const log: string[] = [];
		const look = (name: string) => async () => {
			log.push(`${name} begins`);
			await Promise.resolve();
			log.push(`${name} ends`);
		};
		await Promise.all([
			lane.run(look("first"), STAYS),
			lane.runPatiently(look("second")),
			lane.run(look("third"), STAYS),
		]);
		expect(log).toEqual(["first", "second", "third"].flatMap((name) => [`${name} begins`, `${name} ends`]));
	});

	test("are followed by a rest as long as they took", async () => {
		const lane = new SearchQueue({ patienceMs: 60_000, waiting: 1, restMs: 60_000 });
		let endedAt = 0;
		const begunAt = performance.now();
		await lane.run(async () => {
			while (performance.now() - begunAt < 50);
			endedAt = performance.now();
		}, STAYS);
		await lane.run(async () => {}, STAYS);
		expect(performance.now() - endedAt).toBeGreaterThanOrEqual(49);
	});

	test("that fail make room for the next", async () => {
		const lane = new SearchQueue();
		const failing = lane.run(() => Promise.reject(new Error("failed")), STAYS);
		const next = lane.run(async () => "looked", STAYS);
		await expect(failing).rejects.toThrow("failed");
		expect(await next).toBe("looked");
		expect(await lane.run(async () => "again", STAYS)).toBe("again");
	});

	test("are refused when their turn does not come in time, and what cannot be refused goes on waiting", async () => {
		const lane = new SearchQueue({ patienceMs: 1, waiting: 10, restMs: 0 });
		const { promise: released, resolve: release } = Promise.withResolvers<void>();
		const long = lane.run(() => released, STAYS);
		const patient = lane.runPatiently(async () => "looked");
		await expect(lane.run(async () => {}, STAYS)).rejects.toMatchObject({ problem: { status: 503, code: "too_busy" } });
		release();
		await long;
		expect(await patient).toBe("looked");
	});

	test("are refused at once when many wait already, and one that is abandoned leaves its place", async () => {
		const lane = new SearchQueue({ patienceMs: 60_000, waiting: 1, restMs: 0 });
		const { promise: released, resolve: release } = Promise.withResolvers<void>();
		const long = lane.run(() => released, STAYS);
		const reader = new AbortController();
		let looked = false;
		const abandoned = lane.run(async () => {
			looked = true;
		}, reader.signal);
		await expect(lane.run(async () => {}, STAYS)).rejects.toMatchObject({ problem: { code: "too_busy" } });
		reader.abort();
		await expect(abandoned).rejects.toMatchObject({ problem: { code: "too_busy" } });
		const next = lane.run(async () => "looked", STAYS);
		release();
		await long;
		expect([await next, looked]).toEqual(["looked", false]);
	});
});

test("however many heavy searches and previews wait, one connection works for them, and the rest of the console answers", async () => {
	await using console = await startConsole(database.current.url);
	await insert(database.current.pool, { trigger: "searched" }, 3);
	const blocker = await database.current.pool.connect();
	const filter = { trigger: "searched" };
	const paths = ["trigger=searched", "source=nobody", "status=pending", "metadata=%7B%22order_id%22%3A1%7D"];
	let searches: Promise<Answer[]>;
	try {
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.outbox IN ACCESS EXCLUSIVE MODE");
		searches = Promise.all([
			...paths.map((query) => as(VIEWER, console).get(`/events?${query}`)),
			...["csv", "jsonl"].map((format) => as(VIEWER, console).get(`/events/export?format=${format}&trigger=searched`)),
			as(OPERATOR, console).post("/bulk/preview", { action: "cancel", filter }),
		]);
		await untilSearching(1);
		for (let asked = 0; asked < 5; asked += 1) {
			expect((await as(VIEWER, console).get("/operations")).status).toBe(200);
			expect(await searching()).toBe(1);
		}
	} finally {
		await blocker.query("ROLLBACK");
		blocker.release();
	}
	expect((await searches).map(({ status, text }) => (status === 200 ? 200 : text))).toEqual(Array(7).fill(200));
});

/** Connections of the console that have something to do; the one that reads the operations meanwhile has done it. */
async function searching(): Promise<number> {
	const { rows } = await database.current.query(
		"SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'reward-outbox console' AND datname = current_database() AND wait_event_type = 'Lock'",
	);
	return rows[0]?.["n"] as number;
}

async function untilSearching(connections: number): Promise<void> {
	while ((await searching()) < connections);
}

test("a look has one process of the server: parallel workers would take from delivery what they win", async () => {
	const { rows } = await readConsistently(database.current.pool, ({ db }) =>
		sql<{ workers: string }>`SELECT current_setting('max_parallel_workers_per_gather') AS workers`.execute(db),
	);
	expect(rows).toEqual([{ workers: "0" }]);
});
