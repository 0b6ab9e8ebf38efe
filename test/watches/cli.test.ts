import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDERS, users } from "./rules.ts";

const database = useTestDatabase();
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-watches-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
	await database.current.query(
		"DELETE FROM reward_outbox.watch_rules; TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors",
	);
	await database.current.query(`DROP TABLE IF EXISTS orders; ${ORDERS}`);
});

const watches = (...args: string[]) => runCli(["watches", ...args], { DATABASE_URL: database.current.url });

const CONDITION = "NEW.status = 'paid' AND (TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM 'paid')";
const FLAGS = ["--table", "orders", "--condition", CONDITION, "--trigger-id", "successful_payment"];
const USER = ["--user-id", "NEW.customer_id::text"];
const ALL = [
	...FLAGS,
	...USER,
	"--payload",
	"jsonb_build_object('value', NEW.total)",
	"--idempotency-key",
	"'order-' || NEW.id",
];

test("add, list, preview, errors, replay, remove: the whole way", { timeout: 60_000 }, async () => {
	await database.current.query(
		"INSERT INTO orders VALUES (1, 10, 12345678901234567890.10, 'paid'), (2, NULL, 1, 'paid'), (3, 30, 3, 'new')",
	);
	const thought = await watches("preview", ...ALL, "--json");
	expect(thought).toMatchObject({
		code: 1,
		stderr: "3 rows looked at: 1 would be events, 1 would fail; nothing was emitted\n",
	});
	expect(thought.stdout).toContain('"payload":{"value":12345678901234567890.10}');
	expect(thought.stdout).toContain('"problem":"user_id is null"');

	expect(await watches("add", "order_paid", ...ALL)).toMatchObject({
		code: 0,
		stdout: "order_paid watches public.orders\n",
	});
	expect(await watches("add", "order_paid", ...ALL)).toMatchObject({
		code: 2,
		stderr: expect.stringMatching(/already\nhint: add --replace/),
	});
	expect(await watches("add", "order_paid", ...ALL, "--replace", "--json")).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(/"state":"ok"/),
	});
	expect((await watches("list")).stdout).toMatch(
		/order_paid +public\.orders +INSERT,UPDATE +successful_payment +record +0 +ok/,
	);

	await database.current.query("UPDATE orders SET status = 'new'; UPDATE orders SET status = 'paid'");
	expect(await users(database.current.pool)).toEqual(["10", "30"]);
	expect((await watches("errors")).stdout).toMatch(/order_paid .* UPDATE public\.orders +\{"id":2\} +23502/);
	expect(await watches("replay-errors")).toMatchObject({
		code: 1,
		stdout: "0 resolved, 1 still missing\n",
		stderr: expect.stringMatching(/null value in column "user_id"/),
	});
	await watches("add", "order_paid", ...ALL, "--replace", "--user-id", "coalesce(NEW.customer_id, 0)::text");
	expect(await watches("replay-errors", "order_paid")).toMatchObject({
		code: 0,
		stdout: "1 resolved, 0 still missing\n",
	});
	expect(await watches("replay-errors")).toMatchObject({ code: 0, stdout: "0 resolved, 0 still missing\n" });
	expect(await users(database.current.pool)).toEqual(["10", "30", "0"]);
	expect(await watches("errors")).toMatchObject({ code: 0, stdout: "", stderr: "nothing is missing\n" });

	expect(await watches("errors", "nope")).toMatchObject({
		code: 1,
		stderr: expect.stringMatching(/there is no rule nope/),
	});
	expect(await watches("remove", "order_paid")).toMatchObject({ code: 0, stdout: "order_paid is removed\n" });
	expect(await watches("remove", "order_paid")).toMatchObject({
		code: 1,
		stderr: expect.stringMatching(/there is no rule order_paid/),
	});
});

test("a rule that is refused says which parameter, and where in it", async () => {
	const refused = await watches("add", "bad", ...FLAGS, "--user-id", "  'u' || NEW.custmer_id");
	expect(refused.code).toBe(1);
	expect(refused.stderr).toBe(
		'error: watch bad: user_id: column new.custmer_id does not exist, at character 10: NEW.custmer_id\nhint: Perhaps you meant to reference the column "new.customer_id".\n',
	);
	expect((await watches("preview", ...FLAGS, "--user-id", "NEW.id +")).stderr).toMatch(
		/^error: watch preview: user_id: syntax error .*, at character 9: its end\n/,
	);
	expect(await watches("add", "bad", ...USER)).toMatchObject({
		code: 2,
		stderr: expect.stringMatching(/^error: --table is missing/),
	});
	expect(await watches("add", "bad", ...ALL, "--operations", "truncate")).toMatchObject({ code: 2 });
});

test("apply shows a plan, does all or nothing, and accepts what export prints", { timeout: 60_000 }, async () => {
	const file = join(folder, "watches.yaml");
	await watches("add", "order_paid", ...ALL);
	await watches("add", "other", ...ALL);
	const exported = await watches("export");
	expect(exported.stdout).toContain("  order_paid:\n    table: public.orders\n    operations: [INSERT, UPDATE]\n");
	for (const [text, format] of [
		[exported.stdout, "yaml"],
		[(await watches("export", "--json")).stdout, "json"],
	] as const) {
		await writeFile(file, text);
		expect({ format, ...(await watches("apply", file)) }).toMatchObject({
			format,
			code: 0,
			stdout: "nothing to do: the rules are as the file says\n",
		});
	}

	const changed = exported.stdout.replace("NEW.customer_id::text", "NEW.id::text").replace("  other:", "  fresh:");
	await writeFile(file, changed);
	const dry = await watches("apply", file, "--dry-run", "--prune");
	expect(dry).toMatchObject({ code: 0 });
	expect(dry.stdout).toBe(
		"~ order_paid on public.orders\n    user_id: NEW.customer_id::text → NEW.id::text\n+ fresh on public.orders\n- other on public.orders\nwould make 1, change 1, remove 1; nothing was changed\n",
	);
	expect((await watches("export")).stdout).toBe(exported.stdout);
	expect((await watches("apply", file)).stderr).toBe(
		"not in the file, left as they are: other (--prune removes them)\n",
	);
	expect((await watches("apply", file, "--prune")).stdout).toBe(
		"- other on public.orders\nmade 0, changed 0, removed 1\n",
	);

	await writeFile(file, changed.replace(/(fresh:[\s\S]*user_id:) .*/, "$1 NEW.nope").replace("NEW.id::text", `"'x'"`));
	expect(await watches("apply", file)).toMatchObject({
		code: 1,
		stderr: expect.stringMatching(/^error: watch fresh: user_id: column new\.nope does not exist/),
	});
	expect((await watches("export")).stdout).not.toContain("'x'");
});

test("apply makes a broken rule anew, although it is as the file says", async () => {
	const file = join(folder, "broken.yaml");
	await watches("add", "order_paid", ...ALL);
	await writeFile(file, (await watches("export")).stdout);
	await database.current.query("ALTER FUNCTION reward_outbox.watch_order_paid() SECURITY INVOKER");
	expect(JSON.parse((await watches("list", "--json")).stdout.split("\n")[0] ?? "")).toMatchObject({ state: "broken" });
	const { stdout } = await watches("apply", file);
	expect(stdout).toContain("~ order_paid on public.orders: broken, made anew\n");
	expect(JSON.parse((await watches("list", "--json")).stdout.split("\n")[0] ?? "")).toMatchObject({ state: "ok" });
});

test.each([
	["watches: {a: {tabel: orders}}", /a: unknown setting tabel; did you mean table\?/],
	["watches: {a: {table: orders, user_id: 7}}", /a\.user_id: expected text/],
	["watches: {a: {user_id: x}}", /a\.table is missing/],
	["watches: {a: {table: orders, operations: [TRUNCATE]}}", /a\.operations: expected a list/],
	["rules: {}", /unknown key rules/],
	["", /the file: expected/],
	["watches: [", /^error: /],
])("a file that is wrong is refused: %s", async (text, message) => {
	const file = join(folder, "wrong.yaml");
	await writeFile(file, text);
	expect(await watches("apply", file)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
