import { beforeAll, describe, expect, test } from "vitest";
import { claimAll, fail, insert, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { runCli } from "./run-cli.ts";

const database = useTestDatabase();
const UNKNOWN = "0190b6f2-0000-7000-8000-000000000001";
const ESC = "\u001b";
/** Colours, a title change, a bell, bidi override, invisible space, HTML. */
const HOSTILE = `${ESC}[31mred${ESC}]0;owned\u0007\u202eevil\u200b<script>alert(1)</script>`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be printed
const LIVE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b]/;

function events(...args: string[]) {
	return runCli(["events", ...args], { DATABASE_URL: database.current.url, USER: "ann" });
}

function jsonLines(stdout: string): Record<string, unknown>[] {
	return stdout
		.trimEnd()
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line));
}

let hostile: string;

beforeAll(async () => {
	const { pool } = database.current;
	const payload = JSON.stringify({ note: HOSTILE.replace("\u0007", ""), blob: "x".repeat(60_000) });
	// Ids refuse controls, so that these come with what is left.
	const name = "\u202eevil\u200b<script>";
	hostile = await insertOne(pool, {
		trigger: name,
		user: name,
		payload,
		orderingKey: HOSTILE,
		idempotencyKey: HOSTILE,
	});
	const errorMessage = `${HOSTILE}\n${"y".repeat(5000)}`;
	await fail(database.current, await claimAll(database.current), {
		decision: { next: "dead" },
		outcome: {
			class: "refused",
			fault: "event",
			retryAfterMs: null,
			httpStatus: 400,
			errorCode: "bad",
			errorMessage,
			responseBody: HOSTILE,
		},
	});
	await insert(pool, { user: "page" }, 5);
});

describe("events list", () => {
	test("goes from page to page by the cursor of the last line", async () => {
		const first = jsonLines((await events("list", "--user", "page", "--limit", "3", "--json")).stdout);
		const second = jsonLines(
			(await events("list", "--user", "page", "--limit", "3", "--json", "--cursor", first.at(-1)?.["cursor"] as string))
				.stdout,
		);
		const ids = [...first, ...second].map((event) => event["id"]);
		expect(ids).toHaveLength(5);
		expect(ids).toEqual(ids.toSorted().toReversed());
		expect(first[0]).toMatchObject({ status: "pending", payload: { value: 1 }, attempts: 0 });
	});

	test("as a table it says on stderr that there is more, and how to get it", async () => {
		const { code, stdout, stderr } = await events("list", "--user", "page", "--limit", "4");
		expect(code).toBe(0);
		expect(stdout.trimEnd().split("\n")).toHaveLength(5);
		const cursor = /^there are more: add --cursor (\S+)\n$/.exec(stderr)?.[1];
		const rest = await events("list", "--user", "page", "--limit", "4", "--cursor", cursor as string);
		expect(rest.stdout.trimEnd().split("\n")).toHaveLength(2);
		expect(rest.stderr).toBe("");
	});

	test.each([
		["--idempotency-key", "order-4711-paid"],
		["--metadata", '{"order_id": 4711}'],
		["--metadata", "order_id=4711"],
		["--metadata", "note=a b"],
		["--metadata", 'sku="12"'],
		["--metadata", "exact=12345678901234567890.10"],
		["--source", "order_paid"],
	])("%s %s finds the one event it means", async (...args) => {
		const metadata = '{"order_id": 4711, "note": "a b", "sku": "12", "exact": 12345678901234567890.10}';
		const key = { idempotencyKey: "order-4711-paid", metadata, source: "order_paid" };
		const found = await database.current.pool.query("SELECT FROM reward_outbox.outbox WHERE source = 'order_paid'");
		if (found.rowCount === 0) await insertOne(database.current.pool, { user: "narrow", ...key });
		const lines = jsonLines((await events("list", ...args, "--json")).stdout);
		expect(lines.map((event) => event["user_id"])).toEqual(["narrow"]);
	});

	test("that finds nothing succeeds", async () => {
		expect(await events("list", "--user", "nobody")).toMatchObject({
			code: 0,
			stdout: "",
			stderr: "no events match\n",
		});
		expect(await events("list", "--user", "nobody", "--json")).toMatchObject({ code: 0, stdout: "", stderr: "" });
	});

	test.each([
		[["--cursor", "'; DROP SCHEMA reward_outbox; --"], /cursor/],
		[["--limit", "0"], /whole number from 1 to 1000/],
		[["--limit", "1001"], /whole number from 1 to 1000/],
		[["--status", "gone"], /Allowed choices are pending, /],
		[["--since", "yesterday"], /Expected a date/],
		[["--trigger", ""], /1 to 512 bytes/],
		[["--user", "a\u0001b"], /control characters/],
		[["--metadata", "4711"], /name=value/],
		[["--metadata", "[1]"], /name=value/],
		[["--metadata", '{"a": "\\u0000"}'], /name=value/],
		[["--idempotency-key", ""], /1 to 512 bytes/],
	])("%j is wrong usage", async (args, message) => {
		const { code, stdout, stderr } = await events("list", ...args);
		expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
		expect(stderr).toMatch(message);
	});
});

describe("hostile text", () => {
	test.each([["list"], ["list", "--json"], ["show"], ["show", "--json"], ["why"], ["why", "--json"]])(
		"is shown inert by events %s %s",
		async (...args) => {
			const command = args[0] === "list" ? args : [...args, hostile];
			const { code, stdout, stderr } = await events(...command);
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			expect(stdout).not.toMatch(LIVE);
			expect(stdout).toContain("evil");
		},
	);

	test("of 60 KiB is cut on the screen, and whole in JSON", async () => {
		const [screen, json] = [await events("show", hostile), await events("show", hostile, "--json")];
		expect(screen.stdout.length).toBeLessThan(20_000);
		expect(screen.stdout).toContain("--json prints all of it");
		expect(JSON.parse(json.stdout).event.payload.blob).toHaveLength(60_000);
	});
});

describe("events show and why", () => {
	test("take the id in capitals", async () => {
		expect((await events("show", hostile.toUpperCase())).code).toBe(0);
	});

	test.each(["show", "why"])("%s of an event that does not exist ends with 1, one line and a hint", async (command) => {
		const { code, stdout, stderr } = await events(command, UNKNOWN);
		expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
		expect(stderr).toMatch(new RegExp(`^error: there is no event ${UNKNOWN}\nhint: .+\n$`));
	});

	test.each(["show", "why", "retry", "cancel"])("%s of what is no id ends with 2", async (command) => {
		const { code, stderr } = await events(command, "4711");
		expect(code).toBe(2);
		expect(stderr).toContain("Expected an id such as");
	});

	test("why --json has the facts and the explanation", async () => {
		const why = JSON.parse((await events("why", hostile, "--json")).stdout);
		expect(why).toMatchObject({
			event: { id: hostile, status: "dead" },
			attempts: [{ attempt: 1, outcome: "refused" }],
			default_max_attempts: 20,
		});
		expect(why.explanation.at(-1)).toContain(`events retry ${hostile}`);
	});

	test("a payload's numbers are shown as they were written", async () => {
		const id = await insertOne(database.current.pool, { user: "exact", payload: '{"value": 12345678901234567890.10}' });
		expect((await events("show", id)).stdout).toContain("12345678901234567890.10");
		expect((await events("show", id, "--json")).stdout).toContain('{"value":12345678901234567890.10}');
	});
});

test("a database without the schema ends with 1 and says what to run", async () => {
	const url = new URL(database.current.url);
	url.pathname = "/postgres";
	const { code, stderr } = await runCli(["events", "list"], { DATABASE_URL: url.href });
	expect(code).toBe(1);
	expect(stderr).toBe("error: there is no reward_outbox schema in this database\nhint: run: reward-outbox migrate\n");
});

test("without DATABASE_URL every command is wrong usage", async () => {
	expect(await runCli(["events", "list"])).toMatchObject({ code: 2, stdout: "" });
});
