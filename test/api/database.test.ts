import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { insertOne } from "../store/events.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";
import { as, OPERATOR, startConsole, VIEWER } from "./console-under-test.ts";
import { eventIn } from "./events-in.ts";

const database = useTestDatabase();
const reason = "test";
let login: string | null = null;

/** The URL of a login of its own that was granted these roles and nothing else. */
async function loginWith(...roles: string[]): Promise<string> {
	login = `reward_outbox_test_console_${randomBytes(4).toString("hex")}`;
	await queryAsAdmin(
		`CREATE ROLE ${login} LOGIN PASSWORD 'x'${roles.length === 0 ? "" : ` IN ROLE ${roles.join(", ")}`}`,
	);
	return urlFor(database.current.url, login);
}

afterEach(async () => {
	if (login !== null) await queryAsAdmin(`DROP ROLE IF EXISTS ${login}`);
	login = null;
});

describe("the console's database user", () => {
	test("with an operator's rights does everything, and the record names both", async () => {
		await using console = await startConsole(await loginWith("reward_outbox_operator"));
		const id = await eventIn(database.current, "dead");
		expect((await as(OPERATOR, console).post(`/events/${id}/cancel`, { reason })).status).toBe(200);
		const { json } = await as(VIEWER, console).get(`/operations?event=${id}`);
		expect(json.operations).toMatchObject([{ actor: `olga (${login})`, action: "cancel" }]);
		for (const path of [
			"/overview",
			"/series",
			"/events",
			"/triggers",
			"/watches",
			"/watches/errors",
			"/operations",
			"/bulk",
			`/events/${id}`,
		]) {
			const answer = await as(VIEWER, console).get(path);
			expect(answer.status, `${path}: ${answer.text}`).toBe(200);
		}
		const run = await as(OPERATOR, console).post("/bulk", {
			action: "cancel",
			filter: { user: "nobody" },
			reason,
			max: 1,
			per_second: 1,
		});
		expect(run.status, run.text).toBe(202);
		expect((await as(OPERATOR, console).post("/watches/none/replay-errors")).status).toBe(404);
	});

	test("with an auditor's rights reads, and is told what is missing for more", async () => {
		await using console = await startConsole(await loginWith("reward_outbox_auditor"));
		const id = await insertOne(database.current.pool);
		for (const path of [
			"/overview",
			"/series",
			"/events",
			"/triggers",
			"/watches",
			"/operations",
			"/bulk",
			`/events/${id}`,
		]) {
			const answer = await as(VIEWER, console).get(path);
			expect(answer.status, `${path}: ${answer.text}`).toBe(200);
		}
		const { status, json } = await as(OPERATOR, console).post(`/events/${id}/cancel`, { reason });
		expect(status).toBe(403);
		expect(json).toMatchObject({
			code: "database_role",
			hint: `as the owner of the schema: GRANT reward_outbox_operator TO ${login}`,
		});
		expect(console.logged.filter(({ message }) => message === "the console can only read")).toHaveLength(1);
	});

	test("without rights is told what to grant, and lives on when it was granted", async () => {
		await using console = await startConsole(await loginWith());
		const refused = await as(VIEWER, console).get("/events");
		expect(refused.status).toBe(503);
		expect(refused.json).toMatchObject({
			code: "database_role",
			hint: expect.stringContaining("GRANT reward_outbox_operator TO"),
		});
		await queryAsAdmin(`GRANT reward_outbox_operator TO ${login}`);
		expect((await as(VIEWER, console).get("/events")).status).toBe(200);
	});

	test("that is a superuser makes no superuser of the console", async () => {
		await using console = await startConsole(database.current.url);
		const { rows } = await console.console.database.query(
			"SELECT current_user::text AS who, current_setting('is_superuser') AS super, current_setting('statement_timeout') AS timeout, current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name",
		);
		expect(rows).toEqual([
			{ who: "reward_outbox_operator", super: "off", timeout: "10s", idle: "10s", name: "reward-outbox console" },
		]);
		await expect(console.console.database.query("DELETE FROM reward_outbox.outbox")).rejects.toMatchObject({
			code: "42501",
		});
	});
});

test("a search that takes too long is given up, with a word on how to narrow it", async () => {
	await using console = await startConsole(database.current.url);
	await console.console.database.query("SELECT");
	const blocker = await database.current.pool.connect();
	try {
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.operations IN ACCESS EXCLUSIVE MODE");
		const { status, json, headers } = await as(VIEWER, console).get("/operations");
		expect(status).toBe(503);
		expect(json).toMatchObject({ code: "too_slow", hint: expect.stringMatching(/^narrow the search: /) });
		expect(headers["retry-after"]).toBe("5");
	} finally {
		await blocker.query("ROLLBACK");
		blocker.release();
	}
});

test("never has more than four connections, however many ask", async () => {
	await using console = await startConsole(database.current.url);
	const answers = await Promise.all(Array.from({ length: 40 }, () => as(VIEWER, console).get("/overview")));
	expect(answers.every(({ status }) => status === 200)).toBe(true);
	const { rows } = await database.current.query(
		"SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'reward-outbox console' AND datname = current_database()",
	);
	expect(rows[0]?.["n"]).toBeLessThanOrEqual(4);
});

test("a database that is not there is a problem that says so, without naming anything", async () => {
	await using console = await startConsole("postgres://somebody:s3cret@127.0.0.1:1/nowhere");
	const { status, json, text } = await as(VIEWER, console).get("/overview");
	expect([status, json.code]).toEqual([503, "database_unavailable"]);
	expect(text).not.toMatch(/s3cret|somebody|nowhere|127\.0/);
});
