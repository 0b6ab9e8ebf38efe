import pg from "pg";
import { describe, expect, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { openSession, until } from "../lifecycle/facts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { begin, insert, insertOne } from "./events.ts";

/** Hears what the outbox notifies, and can tell that nothing more is to come. */
class Ear implements AsyncDisposable {
	readonly heard: string[] = [];
	readonly #client: pg.Client;

	constructor(database: TestDatabase) {
		this.#client = new pg.Client({ connectionString: database.url });
		this.#client.on("notification", ({ channel, payload }) => this.heard.push(channel + (payload ?? "")));
	}

	async listen(): Promise<this> {
		await this.#client.connect();
		await this.#client.query("LISTEN reward_outbox; LISTEN marker");
		return this;
	}

	/** What `work` notified. Notifications arrive in the order of commits, so one of ours marks the end. */
	async hearsDuring(database: TestDatabase, work: () => Promise<unknown>): Promise<string[]> {
		this.heard.length = 0;
		await work();
		await database.query("NOTIFY marker");
		await expect.poll(() => this.heard.includes("marker")).toBe(true);
		return this.heard.filter((channel) => channel !== "marker");
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#client.end();
	}
}

async function ear(database: TestDatabase): Promise<Ear> {
	return new Ear(database).listen();
}

/** A session that asks to be notified, as a relay does. */
async function asking(database: { readonly url: string }): Promise<pg.Client & AsyncDisposable> {
	const client = await openSession(database.url);
	await client.query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
	return client;
}

const NOTIFIED = ["reward_outbox"];

describe("while nobody asks to be notified, an insert", () => {
	test("notifies nobody, by whatever way it is made", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		const all = async () => {
			await insert(database, {}, 3);
			await database.query("SELECT reward_outbox.emit('t', 'u')");
			await copyIn(database, 3);
		};
		expect(await listener.hearsDuring(database, all)).toEqual([]);
		expect((await database.query("SELECT FROM reward_outbox.unread")).rowCount).toBe(7);
	});

	test("keeps whoever wants to ask waiting until its transaction has ended, and nobody else", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		await using tx = await begin(database);
		await insert(tx);
		await using relay = await openSession(database.url);
		const asked = relay.query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
		await until("the lock is waited for", async () => (await waiters(database)) === 1);
		// Whoever writes now notifies: the lock is waited for.
		expect(await listener.hearsDuring(database, () => insert(database))).toEqual(NOTIFIED);
		expect(await waiters(database)).toBe(1);
		// Nor does it get the lock again in its own transaction for anybody else's benefit: it still holds it.
		expect(await listener.hearsDuring(database, () => insert(tx))).toEqual([]);
		await tx.query("COMMIT");
		await asked;
		expect((await database.query("SELECT FROM reward_outbox.unread")).rowCount).toBe(3);
	});

	test("keeps it waiting no longer than the part of the transaction that is taken back", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		await tx.query("SAVEPOINT s");
		await insert(tx);
		await tx.query("ROLLBACK TO s");
		await using _relay = await asking(database);
	});

	test("may be part of a prepared transaction, which is waited for like any other", async ({ skip }) => {
		await using database = await createTestDatabase();
		if ((await database.query("SHOW max_prepared_transactions")).rows[0]?.["max_prepared_transactions"] === "0") skip();
		await using tx = await begin(database);
		await insert(tx);
		await tx.query(`PREPARE TRANSACTION '${database.name}'`);
		await using relay = await openSession(database.url);
		const asked = relay.query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
		await until("the lock is waited for", async () => (await waiters(database)) === 1);
		await database.query(`COMMIT PREPARED '${database.name}'`);
		await asked;
		expect((await database.query("SELECT FROM reward_outbox.unread")).rowCount).toBe(1);
	});
});

describe("while somebody asks to be notified, an insert notifies", () => {
	test("once per transaction, with no message, and a rollback does not", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		await using _relay = await asking(database);
		expect(await listener.hearsDuring(database, () => insertOne(database))).toEqual(NOTIFIED);
		expect(await listener.hearsDuring(database, () => insert(database, {}, 500))).toEqual(NOTIFIED);
		const several = async (end: string) => {
			await using tx = await begin(database);
			for (let n = 0; n < 3; n++) await insert(tx);
			await tx.query(end);
		};
		expect(await listener.hearsDuring(database, () => several("COMMIT"))).toEqual(NOTIFIED);
		expect(await listener.hearsDuring(database, () => several("ROLLBACK"))).toEqual([]);
	});

	test("also by emit() and by COPY", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		await using _relay = await asking(database);
		const emit = () => database.query("SELECT reward_outbox.emit('t', 'u')");
		expect(await listener.hearsDuring(database, emit)).toEqual(NOTIFIED);
		expect(await listener.hearsDuring(database, () => copyIn(database, 20))).toEqual(NOTIFIED);
		const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.unread");
		expect(rows).toEqual([{ n: 21 }]);
	});

	test("unless it has switched that off; and no longer once whoever asked has died", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		await using relay = await asking(database);
		const silently = async () => {
			await using tx = await begin(database);
			await tx.query("SET LOCAL reward_outbox.notify = off");
			await insert(tx);
			await tx.query("COMMIT");
		};
		expect(await listener.hearsDuring(database, silently)).toEqual([]);
		const { rows } = await relay.query("SELECT pg_backend_pid() AS pid");
		await database.query("SELECT pg_terminate_backend($1, 10000)", [rows[0]?.["pid"]]);
		expect(await listener.hearsDuring(database, () => insert(database))).toEqual([]);
	});

	test("but never into a queue that is filling up: when it is full, COMMIT fails", async ({ skip }) => {
		await using suite = await createTestDatabase();
		// Before PostgreSQL 17 the queue holds 8 GB.
		if (Number((await suite.query("SHOW server_version_num")).rows[0]?.["server_version_num"]) < 170_000) skip();
		await using server = await startPostgres({ settings: { max_notify_queue_pages: "64" } });
		await migrateToLatest(server.url);
		// Somebody else's listener that has stopped reading keeps what was notified since in the queue.
		await using stuck = await openSession(server.url);
		await stuck.query("LISTEN elsewhere");
		await stuck.query("BEGIN");
		await using relay = await asking(server);
		await using writer = await openSession(server.url);
		for (let n = 0; (await queueUsage(writer)) < 0.8; n++) {
			await writer.query("SELECT pg_notify('elsewhere', $1 || repeat('x', 7000))", [String(n)]);
		}
		const usage = await queueUsage(writer);
		for (let n = 0; n < 500; n++) await insert(writer);
		await relay.query("SELECT reward_outbox.pause_trigger('payment', 'a test')");
		await relay.query("SELECT reward_outbox.resume_trigger('payment')");
		expect(await queueUsage(writer)).toBe(usage);
	});
});

async function queueUsage(session: pg.Client): Promise<number> {
	return (await session.query("SELECT pg_notification_queue_usage() AS usage")).rows[0]?.["usage"];
}

/** Sessions that wait for an advisory lock of this database. */
async function waiters(database: TestDatabase): Promise<number> {
	const { rows } = await database.query(
		`SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
	);
	return rows[0]?.["n"];
}

/** COPY FROM STDIN, spoken on a connection's own protocol: `pg` has no stream for it. */
async function copyIn(database: TestDatabase, rows: number): Promise<void> {
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	const { connection } = client as unknown as {
		connection: {
			sendCopyFromChunk(chunk: Buffer): void;
			endCopyFrom(): void;
			once(event: string, listener: () => void): void;
		};
	};
	connection.once("copyInResponse", () => {
		for (let n = 1; n <= rows; n++) connection.sendCopyFromChunk(Buffer.from(`t\tuser${n}\n`));
		connection.endCopyFrom();
	});
	// The query's own handler would refuse the server's wish for data.
	const copy = Object.assign(new pg.Query("COPY reward_outbox.outbox (trigger_id, user_id) FROM STDIN"), {
		handleCopyInResponse() {},
	});
	await new Promise<void>((resolve, reject) => {
		copy.on("end", () => resolve());
		copy.on("error", reject);
		client.query(copy);
	});
	await client.end();
}
