import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { insert, insertOne } from "../store/events.ts";
import { createTestDatabase } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { as, type ConsoleUnderTest, open, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
let console: ConsoleUnderTest;
let viewer: ReturnType<typeof as>;

/**
 * Events as no writer can write them, and each as some database has them: by an owner's hand, from before a rule, from
 * a restore.
 */
const ODD: Readonly<Record<string, string>> = {
	"in the year 275761": "deliver_after = '275761-01-01 00:00:00+00', created_at = '275761-01-01 00:00:00+00'",
	"in the last year there is": "deliver_after = '294276-12-31 23:59:59+00'",
	"never due": "deliver_after = 'infinity', created_at = 'infinity'",
	"always due": "deliver_after = '-infinity', created_at = '-infinity'",
	"before our time": "deliver_after = '4713-01-01 00:00:00 BC', created_at = '0044-03-15 00:00:00 BC'",
	"with metadata of 2,500 objects": `metadata = (repeat('{"a":', 2500) || '1' || repeat('}', 2500))::jsonb`,
	"with metadata of 15,000 arrays": "metadata = (repeat('[', 15000) || repeat(']', 15000))::jsonb",
	"with a number of 16,000 digits": `payload = ('{"value":' || repeat('9', 16000) || '}')::jsonb`,
	"with names that nobody can see": `user_id = U&'\\202E\\200B\\FEFF', payload = '{"\\u202e": "\\u0007\\ud83d\\ude00"}'`,
};
const ids = new Map<string, string>();
let all: string[];

beforeAll(async () => {
	const db = database.current;
	// As in a database from before the rules: they are no part of what is tried here.
	await db.query(`DO $$ DECLARE r record; BEGIN
		FOR r IN SELECT t.typname, c.conname FROM pg_constraint c JOIN pg_type t ON t.oid = c.contypid
		         WHERE t.typnamespace = 'reward_outbox'::regnamespace AND c.contype = 'c' LOOP
			EXECUTE format('ALTER DOMAIN reward_outbox.%I DROP CONSTRAINT %I', r.typname, r.conname);
		END LOOP;
	END $$`);
	const before = await insert(db.pool, { user: "ordinary" }, 3);
	for (const [name, change] of Object.entries(ODD)) {
		const id = await insertOne(db.pool, { user: "odd" });
		await db.query(`UPDATE reward_outbox.outbox SET ${change} WHERE id = '${id}'`);
		ids.set(name, id);
	}
	const after = await insert(db.pool, { user: "ordinary" }, 3);
	all = [...before, ...ids.values(), ...after].reverse();
	console = await startConsole(db.url);
	viewer = as(VIEWER, console);
});
afterAll(() => console.close());

async function exported(format: "csv" | "jsonl"): Promise<string> {
	const response = await open(console, "GET", `/api/v1/events/export?format=${format}`, {
		authorization: `Bearer ${VIEWER.secret}`,
	});
	let text = "";
	for await (const chunk of response.setEncoding("utf8")) text += chunk;
	expect(response.complete).toBe(true);
	return text;
}

describe("one odd row ends nothing", () => {
	test("a page has it and all others", async () => {
		const { status, json } = await viewer.get("/events?limit=200");
		expect(status).toBe(200);
		expect(json.events.map(({ id }: { id: string }) => id)).toEqual(all);
	});

	test("an export has it and all others", async () => {
		const lines = (await exported("jsonl")).trimEnd().split("\n");
		expect(lines.map((line) => JSON.parse(line).id)).toEqual(all);
		const csv = await exported("csv");
		for (const id of all) expect(csv).toContain(`\n${id},`);
	});

	test("a live tail begins with it", async () => {
		const response = await open(console, "GET", "/api/v1/events/tail", { authorization: `Bearer ${VIEWER.secret}` });
		let text = "";
		for await (const chunk of response.setEncoding("utf8")) {
			text += chunk;
			if (/^data: .*\n\n/m.test(text)) break;
		}
		const data = /^data: (.*)$/m.exec(text)?.[1] ?? "";
		expect(JSON.parse(data).events.map(({ id }: { id: string }) => id)).toEqual(all);
	});

	test("the overview, the triggers and the operations are told", async () => {
		for (const path of ["/overview", "/series", "/triggers", "/operations"]) {
			expect((await viewer.get(path)).status, path).toBe(200);
		}
	});

	test("the command line lists it and all others, in every form", { timeout: 60_000 }, async () => {
		const env = { DATABASE_URL: database.current.url };
		const json = await runCli(["events", "list", "--json"], env);
		expect([json.code, json.stderr]).toEqual([0, ""]);
		expect(
			json.stdout
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line).id),
		).toEqual(all);
		const table = await runCli(["events", "list"], env);
		expect([table.code, table.stderr]).toEqual([0, ""]);
		for (const id of all) expect(table.stdout).toContain(id);
		const status = await runCli(["status"], env);
		expect([status.code, status.stderr]).toEqual([0, ""]);
	});

	test.each(Object.keys(ODD))("an event %s can be looked at and explained", { timeout: 60_000 }, async (name) => {
		const id = ids.get(name) as string;
		const { status, json } = await viewer.get(`/events/${id}`);
		expect([status, json.event?.id]).toEqual([200, id]);
		const env = { DATABASE_URL: database.current.url };
		for (const command of [
			["show", id],
			["why", id, "--json"],
		]) {
			const { code, stderr } = await runCli(["events", ...command], env);
			expect([command[0], code, stderr]).toEqual([command[0], 0, ""]);
		}
	});
});

test("what does not fit is told as PostgreSQL writes it", async () => {
	const event = async (name: string) => (await viewer.get(`/events/${ids.get(name)}`)).json.event;
	expect((await event("never due")).created_at).toBe("infinity");
	expect((await event("in the year 275761")).created_at).toBe("275761-01-01 00:00:00+00");
	expect((await event("before our time")).created_at).toBe("-000043-03-15T00:00:00.000Z");
	const { metadata } = await event("with metadata of 2,500 objects");
	expect(metadata).toMatch(/^(?:\{"a": ){2500}1\}{2500}$/);
});

test("a filter of a run that is nested too deep is refused", async () => {
	const filter = { metadata: JSON.parse(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`) };
	const { status, json } = await viewer.get("/session");
	expect([status, json.role]).toEqual([200, "viewer"]);
	const response = await fetch(`${console.url}/api/v1/bulk/preview`, {
		method: "POST",
		headers: { authorization: "Bearer operator-token-of-olga-for-tests", "content-type": "application/json" },
		body: JSON.stringify({ action: "retry", filter }),
	});
	expect(response.status).toBe(400);
});

test.each(["275761-01-01", "294276-12-31", "10000-01-01 00:00:00+00", "0044-03-15 BC"])(
	"no event is due at %s",
	async (time) => {
		await using fresh = await createTestDatabase();
		const inserted = insertOne(fresh.pool, { deliverAfter: `timestamptz '${time}'` });
		await expect(inserted).rejects.toMatchObject({
			code: "23514",
			message: expect.stringContaining("deliver_after must lie in the years 1 to 9999"),
		});
	},
);
