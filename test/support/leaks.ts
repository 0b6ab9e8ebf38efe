import { setTimeout as sleep } from "node:timers/promises";
import { queryAsAdmin, type TestDatabase } from "./database.ts";

/** A connection is closed by the client first and by the server a moment later. */
const SETTLE_TIMEOUT_MS = 2_000;
const SETTLE_INTERVAL_MS = 20;

const NETWORK_RESOURCES = new Set(["TCPSocketWrap", "TCPServerWrap", "TCPWRAP", "TCPSERVERWRAP", "PipeConnectWrap"]);

/** Sockets and servers this process holds open now. Taken before the tests, compared by `expectNoLeaks` after them. */
export function openSockets(): number {
	return process.getActiveResourcesInfo().filter((name) => NETWORK_RESOURCES.has(name)).length;
}

/**
 * Fails when something outlived the tests: a connection to the database (with it a LISTEN, a lock or an open
 * transaction), or a socket or server in this process. Closes the database's own pool first.
 */
export async function expectNoLeaks(database: TestDatabase, socketsBefore: number): Promise<void> {
	await database.close();
	const deadline = performance.now() + SETTLE_TIMEOUT_MS;
	for (;;) {
		const connections = await connectionsTo(database);
		const sockets = openSockets() - socketsBefore;
		if (connections.length === 0 && sockets <= 0) return;
		if (performance.now() > deadline) throw new Error(describeLeaks(connections, sockets));
		await sleep(SETTLE_INTERVAL_MS);
	}
}

interface Connection {
	readonly application_name: string;
	readonly state: string | null;
	readonly query: string;
}

async function connectionsTo(database: TestDatabase): Promise<Connection[]> {
	const { rows } = await queryAsAdmin<Connection & { datname: string }>(
		`SELECT application_name, state, left(query, 200) AS query
		   FROM pg_stat_activity
		  WHERE datname = $1 AND backend_type = 'client backend'`,
		[database.name],
	);
	return rows;
}

function describeLeaks(connections: readonly Connection[], sockets: number): string {
	const lines = connections.map(
		({ application_name, state, query }) => `  connection "${application_name}", ${state}: ${query}`,
	);
	if (sockets > 0) lines.push(`  ${sockets} more socket(s) open in this process than before`);
	return `left open after the tests:\n${lines.join("\n")}`;
}
