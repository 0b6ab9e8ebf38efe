import { expect, test } from "vitest";
import { accept, claimAll, insert, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { runCli, startCli } from "./run-cli.ts";

const database = useTestDatabase();

function tail(...args: string[]) {
	return startCli(["events", "tail", ...args], { DATABASE_URL: database.current.url });
}

test("events tail shows what is there, what comes, and what becomes of it; Ctrl-C ends it with 0", async () => {
	const { pool } = database.current;
	const [old] = await insert(pool, { user: "followed" });
	await insert(pool, { user: "somebody else" });
	const { child, line, ended } = tail("--user", "followed", "--json");
	const first = JSON.parse(await line((text) => text.includes(old as string)));
	expect(first).toMatchObject({ change: "new", id: old, status: "pending", payload: { value: 1 } });
	const fresh = await insertOne(pool, { user: "followed" });
	await line((text) => text.includes(fresh));
	await accept(database.current, await claimAll(database.current));
	await line((text) => text.includes(fresh) && text.includes('"change":"changed"') && text.includes('"delivered"'));
	child.kill("SIGINT");
	const { code, stdout, stderr } = await ended;
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const lines = stdout
		.trimEnd()
		.split("\n")
		.map((text) => JSON.parse(text));
	expect(new Set(lines.map((event) => event.user_id))).toEqual(new Set(["followed"]));
	expect(lines.filter((event) => event.change === "new").map((event) => event.id)).toEqual([old, fresh]);
});

test("events tail tells what becomes of an event that no longer matches its filter", async () => {
	const { pool } = database.current;
	const { child, line, ended } = tail("--status", "pending");
	const id = await insertOne(pool, { trigger: "leaves", user: "\u202eevil" });
	expect(await line((text) => text.includes(id))).toMatch(/^[0-9:]{8} {2}\S+ {2}pending {4}leaves {2}\S*evil {2}due$/);
	await accept(database.current, await claimAll(database.current));
	await line((text) => text.includes(id) && text.includes("delivered"));
	child.kill("SIGTERM");
	expect((await ended).code).toBe(0);
});

test("events tail ends quietly when nobody reads it any more", async () => {
	const { pool } = database.current;
	await insert(pool, { user: "unread" });
	const { child, line, ended } = tail("--user", "unread");
	await line((text) => text.includes("unread"));
	child.stdout?.destroy();
	await insert(pool, { user: "unread" });
	const { code, stderr } = await ended;
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("events tail goes on through an outage of the database", async () => {
	await using server = await startPostgres();
	const env = { DATABASE_URL: server.url };
	await runCli(["migrate"], env);
	const { child, line, ended } = startCli(["events", "tail"], env);
	await runCli(["emit", "payment", "before"], env);
	await line((text) => text.includes("before"));
	await server.stop("immediate");
	await server.start();
	expect(await runCli(["emit", "payment", "after"], env)).toMatchObject({ code: 0 });
	await line((text) => text.includes("after"));
	child.kill("SIGINT");
	expect((await ended).code).toBe(0);
});

test("events tail of a database that is not there fails", async () => {
	const { code, stderr } = await runCli(["events", "tail"], { DATABASE_URL: "postgres://127.0.0.1:1/none" });
	expect(code).toBe(1);
	expect(stderr).toMatch(/ECONNREFUSED/);
});
