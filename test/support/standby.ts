import pg from "pg";
import type { PostgresServer } from "./postgres-server.ts";

const STREAMS_WITHIN_MS = 30_000;

/**
 * A standby of a server that goes on meanwhile, by a base backup, streaming. `await using` it.
 *
 * @param options.port Where it finds the primary. Default: at its port.
 * @param options.folder As in `startPostgres`.
 */
export async function streamingStandby(
	primary: PostgresServer,
	options: { readonly port?: number; readonly folder?: string } = {},
): Promise<PostgresServer> {
	const { username, password } = new URL(primary.url);
	const port = options.port ?? primary.port;
	const settings = { primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${password}` };
	const client = new pg.Client({ connectionString: primary.url });
	client.on("error", () => {});
	await client.connect();
	try {
		const standby = await primary.copy({
			...(options.folder === undefined ? {} : { folder: options.folder }),
			standby: true,
			settings,
			backup: (copyFiles) => withinBackup(client, copyFiles),
		});
		await standby.start().catch(async (error) => {
			await standby[Symbol.asyncDispose]();
			throw error;
		});
		await untilStreaming(client);
		return standby;
	} finally {
		await client.end().catch(() => {});
	}
}

/** Returns the label that the copy needs. */
async function withinBackup(client: pg.Client, copyFiles: () => Promise<void>): Promise<string> {
	const { rows } = await client.query<{ isOld: boolean }>(
		`SELECT current_setting('server_version_num')::integer < 150000 AS "isOld"`,
	);
	const isOld = rows[0]?.isOld;
	await client.query(isOld ? "SELECT pg_start_backup('copy', true, false)" : "SELECT pg_backup_start('copy', true)");
	await copyFiles();
	const end = isOld ? "pg_stop_backup(false, false)" : "pg_backup_stop(false)";
	const stopped = await client.query<{ labelfile: string }>(`SELECT labelfile FROM ${end}`);
	return (stopped.rows[0] as { labelfile: string }).labelfile;
}

async function untilStreaming(client: pg.Client): Promise<void> {
	const deadline = performance.now() + STREAMS_WITHIN_MS;
	while (performance.now() < deadline) {
		const { rowCount } = await client.query("SELECT FROM pg_stat_replication WHERE state = 'streaming'");
		if (rowCount === 1) return;
		await client.query("SELECT pg_sleep(0.05)");
	}
	throw new Error("the standby does not stream");
}
