import { beforeAll, describe, expect, test } from "vitest";
import { claimAll, fail, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { runCli } from "./run-cli.ts";
import { HAS_TERMINAL, onTerminal } from "./terminal.ts";

const database = useTestDatabase();
const COLUMNS = 80;
const MESSAGE =
	"the trigger does not accept this currency, and a sentence of an error can be as long as whoever wrote it wanted it to be";
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours, which take no room
const COLOURS = /\u001b\[[0-9;]*m/g;
let dead: string;

function env() {
	return { DATABASE_URL: database.current.url, USER: "ann" };
}

beforeAll(async () => {
	const { pool } = database.current;
	dead = await insertOne(pool, { trigger: "successful_payment_of_an_order", user: "customer-with-a-long-number-4711" });
	await fail(database.current, await claimAll(database.current), {
		decision: { next: "dead" },
		outcome: {
			class: "refused",
			fault: "event",
			retryAfterMs: null,
			httpStatus: 422,
			errorCode: "unprocessable",
			errorMessage: MESSAGE,
			responseBody: `{"error":"${MESSAGE}"}`,
		},
	});
	await database.current.query("CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total numeric)");
	const rule = ["--table", "public.orders", "--trigger-id", "successful_payment", "--user-id", "NEW.customer_id::text"];
	for (const args of [
		["triggers", "pause", "refund", "--reason", MESSAGE],
		["triggers", "set", "successful_payment_of_an_order", "--max-attempts", "7"],
		["watches", "add", "orders_that_have_been_paid", "--operations", "INSERT", ...rule],
	]) {
		expect(await runCli(args, env())).toMatchObject({ code: 0 });
	}
});

/** What it says on a terminal, line by line, without colours. */
async function lines(args: readonly string[]): Promise<string[]> {
	const { ended } = onTerminal(args, env(), { columns: COLUMNS });
	return (await ended).seen.replaceAll(COLOURS, "").trimEnd().split("\r\n");
}

describe.runIf(HAS_TERMINAL)("at 80 columns", () => {
	test.each([
		[["events", "list"]],
		[["events", "find", "4711"]],
		[["events", "list", "--limit", "0"]],
		[["events", "list", "--cursor", "nonsense"]],
		[["operations", "list"]],
		[["triggers", "list"]],
		[["watches", "list"]],
		[["status"]],
		[["doctor"]],
		[["migrate", "--status"]],
		[["events", "retry", "--status", "delivered", "--yes"]],
	])("no line of %j is wider", async (args) => {
		const seen = await lines(args);
		for (const line of seen) expect(line.length, line).toBeLessThanOrEqual(COLUMNS);
	});

	test.each(["show", "why"])("no line of events %s is wider, and no word is broken", async (command) => {
		const seen = await lines(["events", command, dead]);
		for (const line of seen) expect(line.length, line).toBeLessThanOrEqual(COLUMNS);
		expect(seen.map((line) => line.trim()).join(" ")).toContain(MESSAGE);
	});

	test("a list keeps the id whole and says which columns a wider terminal would show", async () => {
		const text = (await lines(["events", "list"])).join("\n");
		expect(text).toContain(dead);
		expect(text).toMatch(/\(a wider terminal also shows: (WRITTEN|TRIES).*\)$/);
		expect(text.replaceAll(/\s+/g, " ")).toContain(MESSAGE.slice(0, 60));
	});

	test("a status has its colour wherever it stands", async () => {
		for (const args of [
			["events", "list"],
			["events", "retry", dead, "--reason", "tried"],
		]) {
			const { seen } = await onTerminal(args, env(), { columns: COLUMNS }).ended;
			expect(seen).toContain("\u001b[31mdead\u001b[39m");
		}
	});
});

test("in a pipe nothing is cut, left out or wrapped", async () => {
	const { stdout } = await runCli(["events", "list"], env());
	expect(stdout).toMatch(/^ID +STATUS +TRIGGER +USER +TRIES +WRITTEN +REMARK$/m);
	expect(stdout).toContain("customer-with-a-long-number-4711");
});
