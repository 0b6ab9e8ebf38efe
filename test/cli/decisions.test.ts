import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { accept, claimAll, fail, insert, insertOne, statuses, statusOf } from "../store/events.ts";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli } from "./run-cli.ts";

let database: TestDatabase;

beforeEach(async () => {
	database = await createTestDatabase();
});

afterEach(() => database.drop());

function events(...args: string[]) {
	return runCli(["events", ...args], { DATABASE_URL: database.url, USER: "ann" });
}

async function dead(count: number, trigger = "payment"): Promise<string[]> {
	const ids = await insert(database.pool, { trigger }, count);
	const claimed = await claimAll(database, { limit: 500 });
	await fail(database, claimed, { decision: { next: "dead" } });
	return ids;
}

async function operations(): Promise<object[]> {
	return (await database.query("SELECT actor, action, reason FROM reward_outbox.operations ORDER BY operation_no"))
		.rows;
}

describe("events retry by id", () => {
	test("puts them back and says so, on record with the user of this machine", async () => {
		const ids = await dead(2);
		const { code, stdout, stderr } = await events("retry", ...ids, "--reason", "repaired");
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		for (const id of ids) expect(stdout).toMatch(new RegExp(`^${id} +dead +pending again$`, "m"));
		expect(await statuses(database.pool, ids)).toEqual(["pending", "pending"]);
		expect(await operations()).toEqual(
			[1, 2].map(() => ({ actor: actorCalled("ann"), action: "retry", reason: "repaired" })),
		);
	});

	test("ends with 1 if one of them could not be done, and does the others", async () => {
		const [one] = await dead(1);
		const delivered = await insertOne(database.pool);
		await accept(database, await claimAll(database));
		const { code, stdout } = await events("retry", one as string, delivered, one as string, "--json", "--actor", "bob");
		expect(code).toBe(1);
		const results = stdout
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(results.map((result) => [result.event_id, result.done])).toEqual([
			[one, true],
			[delivered, false],
		]);
		expect(await statusOf(database.pool, delivered)).toBe("delivered");
		expect(await operations()).toMatchObject([{ actor: actorCalled("bob"), reason: null }]);
		expect((await events("retry", delivered, "--allow-duplicates")).code).toBe(0);
		expect(await statusOf(database.pool, delivered)).toBe("pending");
	});
});

describe("events retry by filter", () => {
	test("counts, changes nothing and ends with 1 as long as nobody says --yes", async () => {
		const ids = [...(await dead(3)), ...(await dead(1, "other"))];
		const { code, stdout, stderr } = await events("retry", "--status", "dead");
		expect(code).toBe(1);
		expect(stdout).toBe(
			"4 events to be sent again, dead until now\nTRIGGER  EVENTS\npayment       3\nother         1\n",
		);
		expect(stderr).toBe("error: nothing was changed\nhint: add --yes to do it\n");
		expect(new Set(await statuses(database.pool, ids))).toEqual(new Set(["dead"]));
		const json = await events("retry", "--status", "dead", "--json");
		expect(JSON.parse(json.stdout)).toEqual({
			would_retry: 4,
			more_match: false,
			by_trigger: { payment: 3, other: 1 },
		});
	});

	test("with --yes does it in batches, the oldest first up to --max, and can be run again for the rest", async () => {
		const ids = (await dead(1201)).toSorted();
		const first = await events(
			"retry",
			"--status",
			"dead",
			"--trigger",
			"payment",
			"--since",
			"1h",
			"--yes",
			"--max",
			"1200",
		);
		expect(first).toMatchObject({ code: 0, stderr: "" });
		expect(first.stdout).toContain(
			"1,200 events to be sent again, dead until now: more match, these are the oldest (--max 1200)",
		);
		expect(first.stdout).toContain("1,200 events pending again\nmore match; run it again for the next ones\n");
		expect(await statusOf(database.pool, ids.at(-1) as string)).toBe("dead");
		expect((await events("retry", "--status", "dead", "--yes")).stdout).toContain("1 event pending again\n");
		expect(await events("retry", "--status", "dead", "--yes")).toMatchObject({
			code: 0,
			stdout: "no dead events match\n",
		});
	});

	test.each([
		[[], /no events are named/],
		[["--trigger", "payment"], /a filter needs --status/],
		[["--status", "delivered", "--yes"], /may reward users twice.*\nhint: add --allow-duplicates/],
		[["--status", "uncertain", "--yes"], /may reward users twice/],
		[["--status", "sending", "--yes"], /being sent/],
		[["0190b6f2-0000-7000-8000-000000000001", "--status", "dead"], /ids and a filter/],
		[["--status", "dead", "--max", "0"], /whole number from 1 to 100000/],
		[["--status", "dead", "--reason", " "], /1 to 2000 characters/],
	])("%j is wrong usage", async (args, message) => {
		const { code, stderr } = await events("retry", ...args);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
	});
});

describe("events cancel and resolve", () => {
	test("cancelling the head of an ordering key lets the next event go", async () => {
		const [head, next] = (await insert(database.pool, { orderingKey: "k" }, 2)) as [string, string];
		await fail(database, await claimAll(database), {
			decision: { next: "pending", delayMs: 3_600_000, excused: false },
		});
		expect((await events("why", next)).stdout).toContain(`held back: the event ${head}`);
		expect((await events("cancel", head)).stdout).toMatch(new RegExp(`^${head} +pending +cancelled$`, "m"));
		expect((await claimAll(database)).map((event) => event.eventId)).toEqual([next]);
		const again = await events("cancel", head);
		expect(again.code).toBe(1);
		expect(again.stdout).toContain("not done: already cancelled");
	});

	test("resolving needs a finding and a reason, and records both", async () => {
		const id = await insertOne(database.pool);
		await fail(database, await claimAll(database), { decision: { next: "uncertain" } });
		expect((await events("resolve", id, "--as", "delivered")).code).toBe(2);
		expect((await events("resolve", id, "--reason", "x")).code).toBe(2);
		expect((await events("resolve", id, "--as", "maybe", "--reason", "x")).code).toBe(2);
		expect((await events("resolve", id, "--as", "delivered", "--reason", "the points are there")).code).toBe(0);
		expect(await statusOf(database.pool, id)).toBe("delivered");
		expect(await operations()).toEqual([
			{ actor: actorCalled("ann"), action: "resolve", reason: "the points are there" },
		]);
		expect((await events("resolve", id, "--as", "delivered", "--reason", "again")).code).toBe(1);
	});

	test("of an event that does not exist ends with 1 and records nothing", async () => {
		const unknown = "0190b6f2-0000-7000-8000-000000000001";
		for (const args of [
			["cancel", unknown],
			["retry", unknown],
			["resolve", unknown, "--as", "delivered", "--reason", "x"],
		]) {
			const { code, stdout } = await events(...args);
			expect(code).toBe(1);
			expect(stdout).toContain("not done: no such event");
		}
		expect(await operations()).toEqual([]);
	});
});

describe("events cancel by filter", () => {
	test("counts first, and does it with --yes, on record with the reason", async () => {
		const waiting = await insert(database.pool, { trigger: "campaign" }, 700);
		const [other] = await insert(database.pool, { trigger: "payment" });
		const asked = await events("cancel", "--status", "pending", "--trigger", "campaign");
		expect(asked).toMatchObject({ code: 1, stderr: "error: nothing was changed\nhint: add --yes to do it\n" });
		expect(asked.stdout).toBe("700 events to be cancelled, pending until now\nTRIGGER   EVENTS\ncampaign     700\n");
		const json = await events("cancel", "--status", "pending", "--max", "3", "--json");
		expect(JSON.parse(json.stdout)).toEqual({ would_cancel: 3, more_match: true, by_trigger: { campaign: 3 } });
		const filter = ["--status", "pending", "--trigger", "campaign", "--yes", "--reason", "it is over"];
		expect((await events("cancel", ...filter)).stdout).toContain("700 events cancelled\n");
		expect(new Set(await statuses(database.pool, waiting))).toEqual(new Set(["cancelled"]));
		expect(await statusOf(database.pool, other as string)).toBe("pending");
		expect(new Set((await operations()).map((row) => JSON.stringify(row)))).toEqual(
			new Set(
				["bulk_cancel", "cancel"].map((action) =>
					JSON.stringify({ actor: actorCalled("ann"), action, reason: "it is over" }),
				),
			),
		);
	});

	test.each([
		[[], /no events are named/],
		[["--trigger", "payment"], /a filter needs --status/],
		[["--status", "delivered", "--yes"], /delivered events cannot be cancelled/],
		[["--status", "sending"], /sending events cannot be cancelled/],
		[["0190b6f2-0000-7000-8000-000000000001", "--status", "dead"], /ids and a filter/],
	])("%j is wrong usage", async (args, message) => {
		const { code, stderr } = await events("cancel", ...args);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
	});
});

describe("a decision by filter is a run on record", () => {
	test("with what was asked for and how far it came", async () => {
		await dead(3);
		await events("retry", "--status", "dead", "--trigger", "payment", "--since", "2h", "--yes", "--reason", "repaired");
		const { rows } = await database.query(
			"SELECT action, filter, reason, state, total, done, skipped FROM reward_outbox.bulk_runs",
		);
		expect(rows).toEqual([
			{
				action: "retry",
				filter: { status: "dead", trigger: "payment", since: "7200s" },
				reason: "repaired",
				state: "done",
				total: 3,
				done: 3,
				skipped: 0,
			},
		]);
	});

	test("and waits for no other: it says that one is under way, and changes nothing", async () => {
		const ids = await dead(2);
		await database.query(
			"SELECT reward_outbox.begin_bulk_run('cancel', '{\"status\": \"dead\"}', NULL, false, 10, 1, 'bob')",
		);
		const { code, stderr } = await events("retry", "--status", "dead", "--yes");
		expect(code).toBe(1);
		expect(stderr).toMatch(/^error: another run over many events is under way.*\nhint: operations list/);
		expect(await statuses(database.pool, ids)).toEqual(["dead", "dead"]);
	});
});
