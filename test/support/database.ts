import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";

const COPY_ATTEMPTS = 50;
const COPY_RETRY_MS = 100;
/** `object_in_use`: somebody, usually autovacuum, is looking at the template right now. */
const OBJECT_IN_USE = "55006";

/** A database of one's own, migrated, on the server the suite runs on. */
export interface TestDatabase extends AsyncDisposable {
	readonly name: string;
	/** Superuser connection string. */
	readonly url: string;
	/** For the test's own queries; at most 10 connections, `application_name` "test". */
	readonly pool: pg.Pool;
	query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
		text: string,
		values?: readonly unknown[],
	): Promise<pg.QueryResult<Row>>;
	/** Ends the pool. Called by `drop()`. */
	close(): Promise<void>;
	/** Ends the pool, disconnects everybody else and drops the database. May be called twice. */
	drop(): Promise<void>;
}

/** Copies the migrated template, in some 30 ms. Only inside a test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
	const { adminUrl, template } = inject("testServer");
	const name = `reward_outbox_test_${randomBytes(6).toString("hex")}`;
	await copyTemplate(template, name);
	return connect(adminUrl, name);
}

/** The database of that name, as tests use it. @param options settings of the pool's sessions, as in PGOPTIONS */
export function connect(adminUrl: string, name: string, options?: string): TestDatabase {
	const url = new URL(adminUrl);
	url.pathname = `/${name}`;
	const pool = new pg.Pool({
		connectionString: url.href,
		max: 10,
		application_name: "test",
		...(options === undefined ? {} : { options }),
	});
	// A test that cuts connections would otherwise end the process.
	pool.on("error", () => {});
	const close = async () => {
		if (!pool.ended) await pool.end();
	};
	const drop = async () => {
		await close();
		await queryAsAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
	};
	return {
		name,
		url: url.href,
		pool,
		query: (text, values) => pool.query(text, values as unknown[]),
		close,
		drop,
		[Symbol.asyncDispose]: drop,
	};
}

async function copyTemplate(template: string, name: string): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			await queryAsAdmin(`CREATE DATABASE ${name} TEMPLATE ${template}`);
			return;
		} catch (error) {
			if ((error as pg.DatabaseError).code !== OBJECT_IN_USE || attempt === COPY_ATTEMPTS) throw error;
			await sleep(COPY_RETRY_MS);
		}
	}
}

/** One statement on the maintenance database, as superuser, on a connection of its own. */
export async function queryAsAdmin<Row extends pg.QueryResultRow = pg.QueryResultRow>(
	text: string,
	values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
	const client = new pg.Client({ connectionString: inject("testServer").adminUrl });
	await client.connect();
	try {
		return await client.query<Row>(text, values as unknown[]);
	} finally {
		await client.end();
	}
}

/**
 * How `reward_outbox.operations` names somebody who acted through the suite's own role: that role differs between
 * servers.
 */
export function actorCalled(name: string): string {
	return `${name} (${decodeURIComponent(new URL(inject("testServer").adminUrl).username)})`;
}
