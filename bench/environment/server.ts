import { readFileSync, rmSync } from "node:fs";
import pg from "pg";
import { startPostgres } from "../../test/support/postgres-server.ts";

/** What the embedded server runs with: durable commits, and no checkpoint in the middle of a measurement. */
const SETTINGS = {
	fsync: "on",
	full_page_writes: "on",
	synchronous_commit: "on",
	shared_buffers: "512MB",
	max_connections: "400",
	max_wal_size: "4GB",
	checkpoint_timeout: "30min",
	// Logical replication is one of the contenders. It adds a few bytes of WAL for everybody.
	wal_level: "logical",
	max_replication_slots: "10",
	max_wal_senders: "10",
} as const;

export interface Server extends AsyncDisposable {
	/** Of the maintenance database. */
	readonly url: string;
	/** A connection to the maintenance database, for what surrounds the measurements. */
	readonly admin: pg.Client;
	/** Null: not on this machine, so its processor time is not known. */
	readonly postmaster: number | null;
	readonly description: string;
	readonly superuser: boolean;
	/** Started here, so that its settings may be changed. */
	readonly embedded: boolean;
	readonly logicalReplication: boolean;
}

/** @param url null: an embedded PostgreSQL of its own, deleted afterwards */
export async function startServer(url: string | null): Promise<Server> {
	const embedded = url === null ? await startPostgres({ settings: SETTINGS }) : null;
	if (embedded !== null) process.once("exit", () => rmSync(embedded.dataDirectory, { recursive: true, force: true }));
	const admin = new pg.Client({ connectionString: embedded?.url ?? (url as string), application_name: "bench" });
	await admin.connect();
	const { rows } = await admin.query<{
		version: string;
		superuser: boolean;
		wal: string;
		settings: string;
		pid: number;
	}>(`
		SELECT current_setting('server_version') AS version, rolsuper AS superuser, current_setting('wal_level') AS wal, pg_backend_pid() AS pid,
		       (SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
		        WHERE name IN ('fsync', 'synchronous_commit', 'shared_buffers', 'wal_level', 'full_page_writes', 'max_wal_size', 'wal_sync_method')) AS settings
		FROM pg_roles WHERE rolname = current_user`);
	const row = rows[0] as (typeof rows)[number];
	return {
		url: embedded?.url ?? (url as string),
		admin,
		postmaster: embedded?.pid ?? parentIfPostgres(row.pid),
		description: `PostgreSQL ${row.version.split(" ")[0]} (${embedded === null ? "given" : "embedded"}; ${row.settings})`,
		superuser: row.superuser,
		embedded: embedded !== null,
		logicalReplication: row.wal === "logical",
		async [Symbol.asyncDispose]() {
			await admin.end();
			await embedded?.[Symbol.asyncDispose]();
		},
	};
}

/** The postmaster of a backend, if both are processes of this machine. */
function parentIfPostgres(backend: number): number | null {
	try {
		const stat = readFileSync(`/proc/${backend}/stat`, "utf8");
		if (!stat.includes("(postgres)")) return null;
		return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
	} catch {
		return null;
	}
}
