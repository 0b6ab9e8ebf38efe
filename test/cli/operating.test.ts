import { describe, expect, test } from "vitest";
import { accept, claimAll, insert, insertOne, someRelay } from "../store/events.ts";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { watch } from "../watches/rules.ts";
import { runCli, startCli } from "./run-cli.ts";

const database = useTestDatabase();

function run(...args: string[]) {
	return runCli(args, { DATABASE_URL: database.current.url, LOGNAME: "ann" });
}

describe("triggers", () => {
	test("are set, listed, and freed of their limits again", async () => {
		const set = await run(
			"triggers",
			"set",
			"pay",
			"--mode",
			"at-most-once",
			"--max-attempts",
			"5",
			"--rate-per-second",
			"0.5",
			"--max-in-flight",
			"3",
		);
		expect(set).toMatchObject({ code: 0, stdout: "pay is set\n", stderr: "" });
		const listed = JSON.parse((await run("triggers", "list", "--json")).stdout);
		expect(listed).toMatchObject({
			trigger_id: "pay",
			mode: "at_most_once",
			max_attempts: 5,
			rate_per_second: 0.5,
			max_in_flight: 3,
		});
		const freed = await run(
			"triggers",
			"set",
			"pay",
			"--max-attempts",
			"default",
			"--rate-per-second",
			"none",
			"--max-in-flight",
			"none",
		);
		expect(freed).toMatchObject({ code: 0, stderr: "" });
		expect((await run("triggers", "list")).stdout).toMatch(
			/^pay +at_most_once +default +no limit +no limit +advise +0 +0 +0$/m,
		);
	});

	test("are paused with a reason and resumed, on record", async () => {
		expect((await run("triggers", "pause", "pay")).code).toBe(2);
		expect(await run("triggers", "pause", "pay", "--reason", "campaign")).toMatchObject({
			code: 0,
			stdout: "pay is paused\n",
		});
		expect((await run("triggers", "list")).stdout).toMatch(/paused since .* by ann: “campaign”/);
		expect(await run("triggers", "resume", "pay")).toMatchObject({ code: 0, stdout: "pay is resumed\n" });
		expect(await run("triggers", "resume", "pay")).toMatchObject({ code: 0, stdout: "pay was not paused\n" });
		const { rows } = await database.current.query(
			"SELECT actor, action FROM reward_outbox.operations WHERE action <> 'set' ORDER BY operation_no",
		);
		expect(rows).toEqual([
			{ actor: actorCalled("ann"), action: "pause" },
			{ actor: actorCalled("ann"), action: "resume" },
		]);
	});

	test.each([
		[["set", "pay"], /nothing is set/],
		[["set", "pay", "--mode", "twice"], /at_least_once or at_most_once/],
		[["set", "pay", "--rate-per-second", "0"], /above 0/],
		[["set", "pay", "--rate-per-second", "1e3"], /above 0/],
		[["set", "pay", "--max-attempts", "none"], /whole number from 1 to 1000/],
		[["set", "", "--mode", "at_most_once"], /1 to 512 bytes/],
	])("%j is wrong usage", async (args, message) => {
		const { code, stderr } = await run("triggers", ...args);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
	});
});

describe("status", () => {
	test("is one screen, or one JSON document", async () => {
		const text = await run("status");
		expect(text).toMatchObject({ code: 0, stderr: "" });
		expect(text.stdout).toMatch(/^pending +\d/m);
		expect(text.stdout).toContain("No relay is alive (none ever ran here): nothing is sent.");
		expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ events: { pending: 0 }, relays: [] });
	});

	test("names pauses with their remedy, and a relay that does not hear", async () => {
		await someRelay(database.current, "relay-7");
		await database.current.query("UPDATE reward_outbox.relays SET listener = 'deaf'");
		await run("triggers", "pause", "it's", "--reason", "campaign");
		const { stdout } = await run("status");
		expect(stdout).toMatch(
			/The trigger it's is paused since .* by ann: “campaign”\..*reward-outbox triggers resume 'it'\\''s'/,
		);
		expect(stdout).toMatch(/relay-7 listens but does not hear.*DATABASE_LISTEN_URL/);
	});

	test("names broken watches and counts what they missed, with the remedy", async () => {
		await using own = await createTestDatabase();
		const status = (...args: string[]) => runCli(["status", ...args], { DATABASE_URL: own.url });
		await own.query("CREATE TABLE shop (id integer PRIMARY KEY, who text)");
		await watch(own.pool, { name: "shop_paid", table_name: "shop", trigger_id: "t", user_id: "NEW.who" });
		const fine = await status();
		expect(fine).toMatchObject({ code: 0, stderr: "" });
		expect(fine.stdout).not.toMatch(/watch/i);
		await own.query("INSERT INTO shop VALUES (1, NULL)");
		expect((await status()).stdout).toMatch(
			/^Watches: 1 row change did not become events\. See why: reward-outbox watches errors\. .*reward-outbox watches replay-errors$/m,
		);
		await own.query("ALTER TABLE shop RENAME COLUMN who TO whom; INSERT INTO shop VALUES (2, 'u')");
		const { stdout } = await status();
		expect(stdout).toMatch(
			/^The watch shop_paid on public\.shop is broken: .*new\.who does not exist.*\. Mend .*reward-outbox watches add shop_paid --replace/m,
		);
		expect(stdout).toMatch(/^Watches: 2 row changes did not become events\./m);
		expect(JSON.parse((await status("--json")).stdout)).toMatchObject({
			broken_watches: [{ name: "shop_paid", table: "public.shop", problem: expect.stringMatching(/new\.who/) }],
			unresolved_watch_errors: 2,
		});
	});

	test.each(["SIGINT", "SIGTERM"] as const)("--watch repeats until %s and ends with 0", async (signal) => {
		const { child, line, ended } = startCli(["status", "--watch", "1", "--json"], {
			DATABASE_URL: database.current.url,
		});
		const first = JSON.parse(await line(() => true));
		await line((text) => JSON.parse(text).now !== first.now);
		child.kill(signal);
		expect(await ended).toMatchObject({ code: 0, stderr: "" });
	});

	test("--watch ends with 0 when nobody reads it any more", async () => {
		const { child, line, ended } = startCli(["status", "--watch", "1"], { DATABASE_URL: database.current.url });
		await line(() => true);
		child.stdout?.destroy();
		expect(await ended).toMatchObject({ code: 0, stderr: "" });
	});

	test("--watch goes on when its connection is cut", async () => {
		const { child, line, ended } = startCli(["status", "--watch", "1", "--json"], {
			DATABASE_URL: database.current.url,
		});
		const first = JSON.parse(await line(() => true));
		await database.current.query(
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reward-outbox status'",
		);
		await line((text) => JSON.parse(text).now !== first.now);
		child.kill("SIGINT");
		expect(await ended).toMatchObject({ code: 0, stderr: "" });
	});
});

describe("prune", () => {
	/** Delivered events a hundred days old. */
	async function old(own: TestDatabase, count: number): Promise<void> {
		await insert(own.pool, {}, count);
		await accept(own, await claimAll(own, { limit: 500 }));
		await own.query(`UPDATE reward_outbox.attempt_log SET event_id = ('0190' || substr(event_id::text, 5))::uuid`);
		await own.query(
			`UPDATE reward_outbox.outbox SET id = ('0190' || substr(id::text, 5))::uuid, created_at = created_at - interval '100 days'`,
		);
	}

	test("counts with --dry-run, deletes without, finds nothing the second time", async () => {
		await using own = await createTestDatabase();
		await old(own, 25);
		const young = await insertOne(own.pool);
		const prune = (...args: string[]) =>
			runCli(["prune", "--older-than", "90d", "--json", ...args], { DATABASE_URL: own.url });
		expect(JSON.parse((await prune("--dry-run")).stdout)).toMatchObject({ would_prune: 25 });
		const { code, stdout, stderr } = await prune("--batch", "10");
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(JSON.parse(stdout)).toMatchObject({
			before: expect.stringMatching(/^\d{4}-.*Z$/),
			pruned: 25,
			stopped: false,
		});
		expect(JSON.parse((await prune()).stdout)).toMatchObject({ pruned: 0 });
		const { rows } = await own.query("SELECT id FROM reward_outbox.outbox");
		expect(rows).toEqual([{ id: young }]);
	});

	test("takes along what watches missed, once that was resolved so long ago", async () => {
		await using own = await createTestDatabase();
		await own.query(`
			INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, error_code, error_message, at, resolved_at)
			SELECT 'w', 't', 'INSERT', '23502', m, now() - interval '200 days', now() - r::interval
			FROM (VALUES ('old', '91 days'), ('young', '89 days'), ('unresolved', NULL)) AS e(m, r)`);
		const prune = (...args: string[]) => runCli(["prune", "--older-than", "90d", ...args], { DATABASE_URL: own.url });
		const left = async () =>
			(await own.query("SELECT error_message AS m FROM reward_outbox.watch_errors ORDER BY error_no")).rows.map(
				({ m }) => m,
			);
		expect(JSON.parse((await prune("--dry-run", "--json")).stdout)).toMatchObject({
			would_prune: 0,
			would_prune_watch_errors: 1,
		});
		expect((await prune("--dry-run")).stdout).toMatch(
			/^0 finished events were written and 1 watch error resolved before \S+Z; nothing was deleted\n$/,
		);
		expect(await left()).toEqual(["old", "young", "unresolved"]);
		expect(JSON.parse((await prune("--json")).stdout)).toMatchObject({ pruned: 0, pruned_watch_errors: 1 });
		expect(await left()).toEqual(["young", "unresolved"]);
		expect((await prune()).stdout).toMatch(
			/^deleted: 0 finished events written and 0 watch errors resolved before \S+Z\n$/,
		);
	});

	test("is stopped by Ctrl-C after a batch, ends with 0, and can be run again", async () => {
		await using own = await createTestDatabase();
		await old(own, 30);
		// A prune that has begun and waits for its turn.
		const blocker = await own.pool.connect();
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.decision_turn IN SHARE UPDATE EXCLUSIVE MODE");
		const cli = startCli(["prune", "--older-than", "90d", "--batch", "10", "--json"], { DATABASE_URL: own.url });
		const waiting =
			"SELECT FROM pg_stat_activity WHERE application_name = 'reward-outbox prune' AND wait_event_type = 'Lock'";
		while ((await own.query(waiting)).rowCount === 0);
		cli.child.kill("SIGINT");
		await blocker.query("ROLLBACK");
		blocker.release();
		const { code, stdout, stderr } = await cli.ended;
		expect({ code, stderr }).toEqual({ code: 0, stderr: "stopped before the end; run it again for the rest\n" });
		expect(JSON.parse(stdout)).toMatchObject({ pruned: 10, stopped: true });
		expect(
			JSON.parse((await runCli(["prune", "--older-than", "90d", "--json"], { DATABASE_URL: own.url })).stdout),
		).toMatchObject({ pruned: 20 });
	});

	test.each([
		[[], /required option/],
		[["--older-than", "59m"], /at least 1h/],
		[["--older-than", "0d"], /at least 1h/],
		[["--older-than", "-1d"], /./],
		[["--older-than", "90"], /Expected a duration/],
		[["--older-than", "90d", "--batch", "0"], /whole number from 1 to 100000/],
	])("%j is wrong usage", async (args, message) => {
		const { code, stderr } = await run("prune", ...args);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
	});
});
