import { execFile as execFileCallback } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDER_PAID, ORDERS, stateOf, users, watch } from "./rules.ts";

const execFile = promisify(execFileCallback);
const database = useTestDatabase();

/** pg_dump refuses servers newer than itself, and not every machine has one. */
async function hasDumpFor(major: number): Promise<boolean> {
	try {
		const { stdout } = await execFile("pg_dump", ["--version"]);
		return Number(/(\d+)/.exec(stdout)?.[1]) >= major;
	} catch {
		return false;
	}
}

test("pg_dump and pg_restore bring rules back working", async (context) => {
	const { rows } = await queryAsAdmin<{ n: number }>("SELECT current_setting('server_version_num')::int / 10000 AS n");
	if (!(await hasDumpFor(rows[0]?.n ?? 99))) context.skip();
	const { pool } = database.current;
	await pool.query(ORDERS);
	await watch(pool, ORDER_PAID);
	await pool
		.query(
			"CREATE TABLE parted (id int, PRIMARY KEY (id)) PARTITION BY HASH (id); CREATE TABLE parted_0 PARTITION OF parted DEFAULT",
		)
		.catch(() =>
			pool.query(
				"CREATE TABLE parted (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE parted_0 PARTITION OF parted DEFAULT",
			),
		);
	await watch(pool, { name: "parted", table_name: "parted", trigger_id: "t", user_id: "NEW.id::text" });
	await pool.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");

	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-dump-"));
	const copy = `${database.current.name}_copy`;
	const copyUrl = new URL(inject("testServer").adminUrl);
	copyUrl.pathname = `/${copy}`;
	await queryAsAdmin(`CREATE DATABASE ${copy} TEMPLATE template0`);
	const restored = new pg.Client(copyUrl.href);
	try {
		const file = join(folder, "dump");
		await execFile("pg_dump", ["-Fc", "-f", file, database.current.url]);
		await execFile("pg_restore", ["--exit-on-error", "-d", copyUrl.href, file]);
		await restored.connect();
		// Loading the rows did not fire the rules again, and new rows do.
		expect(await users(restored)).toEqual(["10"]);
		await restored.query(
			"INSERT INTO orders VALUES (2, 20, 1, 'paid'); INSERT INTO parted VALUES (7); INSERT INTO parted_0 VALUES (8)",
		);
		expect(await users(restored)).toEqual(["10", "20"]);
		expect(await users(restored, "parted")).toEqual(["7", "8"]);
		for (const name of ["order_paid", "parted"])
			expect(await stateOf(restored, name)).toEqual({ state: "ok", problem: null });
		expect((await restored.query("SELECT reward_outbox.unwatch('order_paid') AS done")).rows).toEqual([{ done: true }]);
	} finally {
		await restored.end();
		await queryAsAdmin(`DROP DATABASE ${copy} WITH (FORCE)`);
		await rm(folder, { recursive: true });
	}
});
