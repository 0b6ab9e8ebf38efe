import pg from "pg";
import { PgBoss } from "pg-boss";
import { BENCH_QUEUE } from "../contenders/pg-boss-queue.ts";
import type { Insertion } from "./messages.ts";

export interface Inserter {
	/** @param onSent called when a connection was free and the statement goes out */
	insert(user: string, onSent: () => void): Promise<void>;
	close(): Promise<void>;
}

export function openInserter(insertion: Insertion, databaseUrl: string, connections: number): Promise<Inserter> {
	return insertion.kind === "sql"
		? openSqlInserter(insertion.text, databaseUrl, connections)
		: openBossInserter(databaseUrl, connections);
}

async function openSqlInserter(text: string, connectionString: string, connections: number): Promise<Inserter> {
	const pool = new pg.Pool({ connectionString, max: connections, application_name: "bench writer" });
	// Connected beforehand: what is measured is the insert.
	const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
	for (const client of clients) client.release();
	return {
		async insert(user, onSent) {
			const client = await pool.connect();
			onSent();
			await client.query({ name: "insert", text, values: [user] });
			client.release();
		},
		close: () => pool.end(),
	};
}

/** In a transaction of the application, as an outbox is used: pg-boss takes the application's connection as `db`. */
async function openBossInserter(connectionString: string, connections: number): Promise<Inserter> {
	const boss = new PgBoss({ connectionString, max: 1, supervise: false, schedule: false, migrate: false });
	boss.on("error", () => {});
	await boss.start();
	const pool = new pg.Pool({ connectionString, max: connections, application_name: "bench writer" });
	const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
	for (const client of clients) client.release();
	return {
		async insert(user, onSent) {
			const client = await pool.connect();
			onSent();
			const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
			await boss.send(BENCH_QUEUE, { trigger: "bench", user, payload: { value: 19.99 } }, { db });
			client.release();
		},
		async close() {
			await pool.end();
			await boss.stop({ graceful: false });
		},
	};
}
