import { describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { runCli } from "./run-cli.ts";

const database = useTestDatabase();

const emit = (...args: string[]) => runCli(["emit", ...args], { DATABASE_URL: database.current.url });

interface Written {
	readonly payload: string;
	readonly delay_s: number | null;
}

async function written(id: string): Promise<Written> {
	const { rows } = await database.current.query<Written>(
		`SELECT trigger_id, user_id, payload::text AS payload, idempotency_key, ordering_key, metadata::text AS metadata,
		        date_part('epoch', deliver_after - created_at)::float8 AS delay_s, deliver_after
		 FROM reward_outbox.outbox WHERE id = $1`,
		[id],
	);
	return rows[0] as Written;
}

describe("reward-outbox emit", () => {
	test("writes an event and prints its id", async () => {
		const { code, stdout, stderr } = await emit("paid", "user / 1 ✓");
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(await written(stdout.trim())).toMatchObject({ trigger_id: "paid", user_id: "user / 1 ✓", payload: "{}" });
	});

	test("--json prints a document", async () => {
		const { stdout } = await emit("paid", "u", "--json");
		expect(await written(JSON.parse(stdout).id)).toMatchObject({ user_id: "u" });
	});

	test.each([
		["1.10", "1.10"],
		["-5", "-5"],
		["0.30000000000000000001", "0.30000000000000000001"],
		["123456789012345678901234567890", "123456789012345678901234567890"],
		["1e400", `1${"0".repeat(400)}`],
	])("--value %s reaches the payload digit by digit", async (typed, stored) => {
		const { stdout } = await emit("paid", "u", "--value", typed);
		expect(await written(stdout.trim())).toMatchObject({ payload: `{"value": ${stored}}` });
	});

	test("--payload and --value are merged, and no number in either is re-parsed", async () => {
		const { stdout } = await emit("paid", "u", "--payload", '{"a": 9007199254740993, "b": [1.0]}', "--value", "2.50");
		const { payload } = await written(stdout.trim());
		expect(payload).toBe('{"a": 9007199254740993, "b": [1.0], "value": 2.50}');
	});

	test("every other option is kept", async () => {
		const { stdout } = await emit(
			...["paid", "u", "--ordering-key", "o", "--metadata", '{"order": 1.0}', "--deliver-after", "2h"],
		);
		const row = await written(stdout.trim());
		expect(row).toMatchObject({ ordering_key: "o", metadata: '{"order": 1.0}' });
		expect(row.delay_s).toBeCloseTo(7200, 0);
		const later = await emit("paid", "u", "--deliver-after", "2031-05-01T10:00:00.123456+02:00");
		const { rows } = await database.current.query(
			"SELECT deliver_after = '2031-05-01 08:00:00.123456Z' AS same FROM reward_outbox.outbox WHERE id = $1",
			[later.stdout.trim()],
		);
		expect(rows).toEqual([{ same: true }]);
	});

	test("the same idempotency key gives the first id again, and is an error for another event", async () => {
		const key = ["--idempotency-key", "order-1"];
		const first = await emit("paid", "u", "--value", "1", ...key);
		expect(await emit("paid", "u", "--value", "1", ...key)).toEqual(first);
		const other = await emit("paid", "someone else", "--value", "1", ...key);
		expect(other).toMatchObject({ code: 1, stdout: "" });
		expect(other.stderr).toMatch(/^error: idempotency_key 'order-1' was already used for another event\nhint: .+\n$/);
	});
});

describe("an event that breaks a rule", () => {
	test.each([
		[[".", "u"], "trigger_id must not be . or .."],
		[["t", ""], "user_id must be 1 to 512 bytes"],
		[["t", "x".repeat(513)], "user_id must be 1 to 512 bytes"],
		[["t", "a\u0007b"], "user_id must not contain control characters"],
		[["t", "u", "--payload", '{"value":"secret"}'], "payload.value must be a number"],
		[["t", "u", "--payload", `{"a":"${"x".repeat(70_000)}"}`], "payload must be at most 64 KiB as text"],
		[["t", "u", "--idempotency-key", ""], "idempotency_key must be 1 to 512 bytes"],
		[["t", "u", "--payload", '{"a":"\\u0000"}'], "unsupported Unicode escape sequence"],
		[["t", "u", "--value", "1e200000"], "value overflows numeric format"],
	])("ends with 1 and the rule, and does not show the row (%#)", async (args, rule) => {
		const ended = await emit(...args);
		expect(ended).toMatchObject({ code: 1, stdout: "", stderr: `error: ${rule}\nhint: nothing was written\n` });
	});

	test.each([
		[["t"], /missing required argument 'user'/],
		[["t", "u", "--value", "05"], /Expected a number as JSON writes it/],
		[["t", "u", "--value", "NaN"], /Expected a number as JSON writes it/],
		[["t", "u", "--value", "1_000"], /Expected a number as JSON writes it/],
		[["t", "u", "--payload", "[1]"], /Expected a JSON object/],
		[["t", "u", "--payload", "{'a':1}"], /Expected a JSON object/],
		[["t", "u", "--payload", '{"value":1}', "--value", "2"], /--payload has a value too/],
		[["t", "u", "--metadata", "{"], /Expected JSON/],
		[["t", "u", "--deliver-after", "2026-02-30"], /Expected a date/],
		[["t", "u", "--deliver-after", "infinity"], /Expected a date/],
	])("%j is wrong usage", async (args, message) => {
		const ended = await emit(...args);
		expect(ended).toMatchObject({ code: 2, stdout: "" });
		expect(ended.stderr).toMatch(/^error: .+\nhint: .+\n$/);
		expect(ended.stderr).toMatch(message);
	});
});

test("without a schema it says what to run", async () => {
	const url = new URL(database.current.url);
	url.pathname = "/postgres";
	const ended = await runCli(["emit", "t", "u"], { DATABASE_URL: url.href });
	expect(ended).toMatchObject({ code: 1, stdout: "" });
	expect(ended.stderr).toMatch(/^error: .+\nhint: .*reward-outbox migrate\n$/);
});
