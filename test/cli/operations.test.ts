import { beforeAll, expect, test } from "vitest";
import { claimAll, fail, insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { runCli } from "./run-cli.ts";

const database = useTestDatabase();
let ids: string[];

function cli(...args: string[]) {
	return runCli(args, { DATABASE_URL: database.current.url, USER: "ann" });
}

async function listed(...args: string[]): Promise<Record<string, unknown>[]> {
	const { code, stdout, stderr } = await cli("operations", "list", "--json", ...args);
	expect({ code, stderr: stderr.replace(/^there are more.*\n/, "") }).toEqual({ code: 0, stderr: "" });
	return stdout
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line));
}

beforeAll(async () => {
	ids = await insert(database.current.pool, { trigger: "payment" }, 4);
	await fail(database.current, await claimAll(database.current), { decision: { next: "dead" } });
	await cli("events", "retry", ids[0] as string, "--reason", "repaired the shop");
	await cli("events", "cancel", ids[1] as string, "--actor", "bob", "--reason", "a test order");
	await cli("events", "retry", "--status", "dead", "--yes", "--reason", "all of them");
	await cli("triggers", "pause", "refund", "--reason", "audit");
});

test("decisions are listed with who, what and why, the latest first, a run as one line", async () => {
	const { code, stdout, stderr } = await cli("operations", "list");
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const [header, ...lines] = stdout.trimEnd().split("\n");
	expect(header).toMatch(/^WHEN +BY +ACTION +ABOUT +DETAIL +REASON$/);
	expect(lines[0]).toMatch(/ann .* pause +refund .*audit$/);
	expect(lines[1]).toMatch(/ann .* bulk_retry +run \d+ .*all of them$/);
	expect(lines[2]).toMatch(new RegExp(`bob .* cancel +${ids[1]} .*a test order$`));
	expect(lines[3]).toMatch(new RegExp(`ann .* retry +${ids[0]} .*repaired the shop$`));
});

test("each filter narrows it", async () => {
	const actions = async (...args: string[]) => (await listed(...args)).map((operation) => operation["action"]);
	expect(await actions("--actor", "bob")).toEqual(["cancel"]);
	expect(await actions("--action", "pause")).toEqual(["pause"]);
	expect(await actions("--trigger", "refund")).toEqual(["pause"]);
	expect(await actions("--event", ids[0] as string)).toEqual(["retry"]);
	expect(await actions("--until", "1h")).toEqual([]);
	expect((await actions("--since", "1h")).length).toBe(4);
	const [run] = await listed("--action", "bulk_retry");
	const ofRun = await listed("--run", run?.["run_no"] as string);
	expect(new Set(ofRun.map((operation) => operation["event_id"]))).toEqual(new Set(ids.slice(2)));
});

test("pages follow each other by the cursor of the last line, and nothing is said twice", async () => {
	const first = await listed("--limit", "3");
	const second = await listed("--limit", "3", "--cursor", first.at(-1)?.["cursor"] as string);
	expect([...first, ...second].map((operation) => operation["action"])).toEqual([
		"pause",
		"bulk_retry",
		"cancel",
		"retry",
	]);
	const table = await cli("operations", "list", "--limit", "2");
	expect(table.stderr).toMatch(/^there are more: add --cursor \S+\n$/);
});

test("what matches nothing says so, and a cursor of another list is refused with the remedy", async () => {
	expect(await cli("operations", "list", "--actor", "nobody")).toMatchObject({
		code: 0,
		stdout: "",
		stderr: "no decisions match\n",
	});
	const { code, stderr } = await cli("operations", "list", "--cursor", "nonsense");
	expect(code).toBe(2);
	expect(stderr).toMatch(/the cursor is not one of this list's\nhint: leave it out/);
});
