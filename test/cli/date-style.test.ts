import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type ConsoleUnderTest, startConsole, VIEWER } from "../api/console-under-test.ts";
import { claimAll, insertOne } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli } from "./run-cli.ts";

describe.each(["German, DMY", "SQL, MDY"])("in a database whose dates are %s", (style) => {
	let database: TestDatabase;
	let console: ConsoleUnderTest;
	let id: string;

	beforeAll(async () => {
		database = await createTestDatabase();
		const name = (await database.query("SELECT current_database() AS name")).rows[0]?.["name"];
		for (const setting of [`DateStyle = '${style}'`, "TimeZone = 'Asia/Kathmandu'", "IntervalStyle = 'sql_standard'"]) {
			await database.query(`ALTER DATABASE "${name}" SET ${setting}`);
		}
		id = await insertOne(database.pool, { deliverAfter: "now() + interval '400 days'" });
		await insertOne(database.pool, {});
		await claimAll(database);
		console = await startConsole(database.url);
	});
	afterAll(async () => {
		await console.close();
		await database.drop();
	});

	const COMMANDS = [
		["status"],
		["status", "--json"],
		["events", "list"],
		["events", "list", "--json", "--since", "2h"],
		["events", "list", "--until", "2100-01-01T10:00+02:00"],
		["events", "show", "ID"],
		["events", "show", "ID", "--json"],
		["events", "why", "ID"],
		["events", "retry", "ID", "--reason", "a test"],
		["triggers", "list"],
		["triggers", "pause", "payment", "--reason", "a test"],
		["watches", "list"],
		["watches", "errors"],
		["prune", "--older-than", "90d"],
		["adopt", "--reason", "a test"],
		["migrate", "--status"],
	];

	test.each(COMMANDS.map((words) => ({ command: words.join(" "), words })))(
		"reward-outbox $command works",
		async ({ words }) => {
			const args = words.map((word) => (word === "ID" ? id : word));
			const { code, stdout, stderr } = await runCli(args, { DATABASE_URL: database.url });
			// What cannot be done is said in words; what went wrong would be an internal error or one of the driver's.
			expect(stderr).not.toMatch(/internal error|Invalid|null|undefined|DateStyle/i);
			expect([0, 1]).toContain(code);
			if (words[0] === "status" || words[1] === "list" || words[1] === "show") expect(code).toBe(0);
			expect(stdout).not.toMatch(/Invalid|NaN|undefined/);
		},
	);

	test("times are what they are", async () => {
		const { stdout } = await runCli(["events", "show", id, "--json"], { DATABASE_URL: database.url });
		const { event, now } = JSON.parse(stdout);
		const days = (Date.parse(event.deliver_after) - Date.parse(event.created_at)) / 86_400_000;
		expect(Math.round(days)).toBe(400);
		expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(600_000);
	});

	test("the API tells all it has", async () => {
		const viewer = as(VIEWER, console);
		for (const path of ["/overview", "/series", "/events", `/events/${id}`, "/triggers", "/watches", "/operations"]) {
			expect((await viewer.get(path)).status, path).toBe(200);
		}
	});
});
