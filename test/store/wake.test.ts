import pg from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, insert, insertOne } from "./events.ts";

/** Hears what the outbox rings, and can tell that nothing more is to come. */
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

	/** What `work` rang. Notifications arrive in the order of commits, so one of ours marks the end. */
	async ringsDuring(database: TestDatabase, work: () => Promise<unknown>): Promise<string[]> {
		this.heard.length = 0;
		await work();
		await database.query("NOTIFY marker");
		await expect.poll(() => this.heard.includes("marker")).toBe(true);
		return this.heard.filter((ring) => ring !== "marker");
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#client.end();
	}
}

async function ear(database: TestDatabase): Promise<Ear> {
	return new Ear(database).listen();
}

describe("an insert rings a sleeping relay", () => {
	test("once per transaction, with no message, and a rollback does not", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		expect(await listener.ringsDuring(database, () => insertOne(database))).toEqual(["reward_outbox"]);
		expect(await listener.ringsDuring(database, () => insert(database, {}, 500))).toEqual(["reward_outbox"]);
		const several = async (end: string) => {
			await using tx = await begin(database);
			for (let n = 0; n < 3; n++) await insert(tx);
			await tx.query(end);
		};
		expect(await listener.ringsDuring(database, () => several("COMMIT"))).toEqual(["reward_outbox"]);
		expect(await listener.ringsDuring(database, () => several("ROLLBACK"))).toEqual([]);
	});

	test("also by emit() and by COPY", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		expect(await listener.ringsDuring(database, () => database.query("SELECT reward_outbox.emit('t', 'u')"))).toEqual([
			"reward_outbox",
		]);
		expect(await listener.ringsDuring(database, () => copyIn(database, 20))).toEqual(["reward_outbox"]);
		const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.unread");
		expect(rows).toEqual([{ n: 21 }]);
	});

	test("not when it has switched that off, or a relay is awake; and again when the relay goes to sleep or dies", async () => {
		await using database = await createTestDatabase();
		await using listener = await ear(database);
		const silently = async () => {
			await using tx = await begin(database);
			await tx.query("SET LOCAL reward_outbox.notify = off");
			await insert(tx);
			await tx.query("COMMIT");
		};
		expect(await listener.ringsDuring(database, silently)).toEqual([]);
		const relay = new pg.Client({ connectionString: database.url });
		relay.on("error", () => {});
		await relay.connect();
		await relay.query("SELECT pg_advisory_lock(1380929362, 1)");
		expect(await listener.ringsDuring(database, () => insert(database, {}, 3))).toEqual([]);
		await relay.query("SELECT pg_advisory_unlock(1380929362, 1)");
		expect(await listener.ringsDuring(database, () => insert(database))).toEqual(["reward_outbox"]);
		const { rows } = await relay.query("SELECT pg_backend_pid() AS pid, pg_advisory_lock(1380929362, 1)");
		expect(await listener.ringsDuring(database, () => insert(database))).toEqual([]);
		await database.query("SELECT pg_terminate_backend($1, 10000)", [rows[0]?.["pid"]]);
		expect(await listener.ringsDuring(database, () => insert(database))).toEqual(["reward_outbox"]);
		await relay.end().catch(() => {});
	});

	test("without keeping a lock, so that writers never wait for each other or for the relay", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		await insert(tx);
		const { rows } = await tx.query(
			"SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
		);
		expect(rows).toEqual([{ n: 0 }]);
	});
});

test("with ringing switched off, an insert may be part of a prepared transaction", async ({ skip }) => {
	await using database = await createTestDatabase();
	if ((await database.query("SHOW max_prepared_transactions")).rows[0]?.["max_prepared_transactions"] === "0") skip();
	await using tx = await begin(database);
	await tx.query("SET reward_outbox.notify = off");
	await insert(tx);
	await tx.query(`PREPARE TRANSACTION '${database.name}'`);
	await database.query(`COMMIT PREPARED '${database.name}'`);
	await tx.query("RESET reward_outbox.notify");
	expect((await database.query("SELECT FROM reward_outbox.unread")).rowCount).toBe(1);
});

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
