import pg from "pg";
import { describe, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { HAS_TERMINAL, onTerminal } from "../cli/terminal.ts";
import { queryAsAdmin } from "../support/database.ts";
import { urlFor } from "../support/login.ts";
import { useBackfill } from "./backfilling.ts";
import { ORDER_PAID, users, watch } from "./rules.ts";

const { database, query, env, backfill } = useBackfill();

describe("who may, and what is refused", { timeout: 60_000 }, () => {
	test.each([
		[["nope", "--all"], 1, /there is no rule nope/],
		[["order_piad", "--all"], 1, /there is no rule order_piad\nhint: did you mean order_paid\?/],
		[["order_paid"], 2, /which rows are meant is not said/],
		[["order_paid", "--all", "--since", "1d"], 2, /--all goes with neither/],
		[["order_paid", "--since", "yesterday"], 2, /--since yesterday: expected a date/],
		[
			["order_paid", "--since", "1d", "--column", "craeted_at"],
			2,
			/no column craeted_at\nhint: did you mean created_at/,
		],
		[["order_paid", "--since", "x", "--column", "id"], 1, /invalid input syntax for type bigint: "x"/],
		[["keyless", "--all"], 2, /keyless has no idempotency key.*\nhint: .*--allow-duplicates/],
		[["gone", "--all"], 1, /gone captures deleted rows/],
		[["bare", "--all"], 1, /public\.bare|bare has no primary key/],
		[["order_paid", "--all"], 1, /nothing was written\nhint: add --yes/],
	])("%j", async (args, code, message) => {
		await query("DROP TABLE IF EXISTS bare; CREATE TABLE bare (id int)");
		await watch(database.current.pool, ORDER_PAID);
		const { idempotency_key: _, ...keyless } = ORDER_PAID;
		await watch(database.current.pool, { ...keyless, name: "keyless" });
		await watch(database.current.pool, {
			...ORDER_PAID,
			name: "gone",
			operations: "{DELETE}",
			condition: "true",
			user_id: "OLD.id::text",
			payload: "'{}'",
			idempotency_key: "OLD.id::text",
		});
		await watch(database.current.pool, {
			name: "bare",
			table_name: "bare",
			trigger_id: "t",
			user_id: "NEW.id::text",
			idempotency_key: "NEW.id::text",
		});
		const ended = await backfill(...args);
		expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) });
		expect((await query("SELECT FROM reward_outbox.watch_backfills")).rowCount).toBe(0);
	});
});

describe("with whose rights", { timeout: 60_000 }, () => {
	const [OWNER, OPERATOR] = ["backfill_test_owner", "backfill_test_operator"];
	const urlOf = (role: string) => urlFor(database.current.url, role);

	test("the rule runs as the owner of its table, whoever asks; the owner alone may not ask", async () => {
		for (const role of [OWNER, OPERATOR]) await queryAsAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
		try {
			await query(`GRANT reward_outbox_watcher TO ${OWNER}; GRANT reward_outbox_operator TO ${OPERATOR};
				ALTER TABLE orders OWNER TO ${OWNER}; INSERT INTO orders VALUES (1, 10, 1, 'paid')`);
			const owner = new pg.Pool({ connectionString: urlOf(OWNER) });
			try {
				await watch(owner, { ...ORDER_PAID, user_id: "current_user::text" });
			} finally {
				await owner.end();
			}
			const asked = ["watches", "backfill", "order_paid", "--all", "--yes"];
			expect(await runCli(asked, { DATABASE_URL: urlOf(OWNER) })).toMatchObject({
				code: 1,
				stderr: expect.stringMatching(/permission denied/),
			});
			expect(await users(database.current.pool)).toEqual([]);
			expect(await runCli(asked, { DATABASE_URL: urlOf(OPERATOR) })).toMatchObject({ code: 0, stderr: "" });
			expect(await users(database.current.pool)).toEqual([OWNER]);
		} finally {
			await query(`DROP TABLE orders; DROP OWNED BY ${OWNER}, ${OPERATOR} CASCADE`);
			for (const role of [OWNER, OPERATOR]) await queryAsAdmin(`DROP ROLE ${role}`);
		}
	});
});

describe.runIf(HAS_TERMINAL)("on a terminal", { timeout: 60_000 }, () => {
	test("it says what it would do, asks, and shows how far it is", async () => {
		await query("INSERT INTO orders SELECT n, n, 1, 'paid' FROM generate_series(1, 60) n");
		await watch(database.current.pool, ORDER_PAID);
		const running = onTerminal(["watches", "backfill", "order_paid", "--all", "--rate", "40"], env());
		await running.shows((seen) => seen.includes("Make events of 60 rows, 40 a second at most? [y/N]"));
		running.type("y\r");
		await running.shows((seen) => /\d+ of 60 rows/.test(seen));
		const { code, seen } = await running.ended;
		expect(seen).toContain("of the first 60: 60 would be events");
		expect(seen).toContain("60 rows: 60 became events");
		expect(code).toBe(0);
	});

	test("a no writes nothing", async () => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await watch(database.current.pool, ORDER_PAID);
		const running = onTerminal(["watches", "backfill", "order_paid", "--all"], env());
		await running.shows((seen) => seen.includes("[y/N]"));
		running.type("n\r");
		expect((await running.ended).code).toBe(1);
		expect(await users(database.current.pool)).toEqual([]);
	});
});
