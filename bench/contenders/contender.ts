import type pg from "pg";
import type { Insertion } from "../writer/messages.ts";

/** What a contender's process is told. */
export interface Assignment {
	readonly databaseUrl: string;
	readonly sinkUrl: string;
	/** Requests in flight at most. */
	readonly concurrency: number;
	/** What its settings are chosen for. */
	readonly tuning: "drain" | "latency";
	/** Only for what needs no database: how many events to send. */
	readonly events: number;
}

/** How to start it. */
export interface Command {
	readonly script: string;
	readonly arguments?: readonly string[];
	readonly env: Readonly<Record<string, string>>;
}

/** Something that delivers events from PostgreSQL to the sink, one HTTP request each. */
export interface Contender {
	readonly id: string;
	readonly name: string;
	/** How it is configured, for the report. */
	readonly configuration: string;
	/** Events per second it is known to do with a sink of 0 and of 50 ms. Sizes its measurement, nothing else. */
	readonly expected: { readonly at0ms: number; readonly at50ms: number };
	/** Null: it cannot. */
	readonly needs?: "logical replication";
	/** Makes its schema in an empty database. */
	prepare(databaseUrl: string): Promise<void>;
	/** What a copy of that database still lacks. */
	afterCreate?(databaseUrl: string, databaseName: string): Promise<void>;
	beforeDrop?(client: pg.Client, databaseName: string): Promise<void>;
	/** Inserts events number 0 to `events` - 1. */
	fill(client: pg.Client, events: number): Promise<void>;
	/** How an application inserts one. */
	readonly insertion: Insertion;
	/** True once every result is on record, and how many are. */
	readonly finishedSql: string;
	readonly recordedSql: string;
	/** Null: nothing runs, only the writer is measured. */
	command(assignment: Assignment): Command | null;
}

/** What every peer is given of an assignment. */
export function peerCommand(script: string, assignment: Assignment): Command {
	return {
		script: new URL(`../processes/${script}`, import.meta.url).pathname,
		env: {
			BENCH_DATABASE_URL: assignment.databaseUrl,
			BENCH_SINK_URL: assignment.sinkUrl,
			BENCH_CONCURRENCY: String(assignment.concurrency),
			BENCH_TUNING: assignment.tuning,
			BENCH_EVENTS: String(assignment.events),
		},
	};
}

/** One statement on a connection of its own. */
export async function execute(databaseUrl: string, sql: string): Promise<void> {
	const { default: driver } = await import("pg");
	const client = new driver.Client({ connectionString: databaseUrl });
	await client.connect();
	try {
		await client.query(sql);
	} finally {
		await client.end();
	}
}
