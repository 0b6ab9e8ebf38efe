import pg from "pg";
import { expect } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { startListeningRelay } from "../lifecycle/relay-process.ts";
import type { PostgresServer } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";

/** Who connects to the shop's database, by connection string. On some platforms all of them are one. */
export interface Logins {
	/** Owns the schema: migrates, and makes rules on tables it owns. */
	readonly owner: string;
	/** The application. */
	readonly writer: string;
	readonly relay: string;
	readonly operator: string;
}

/** The connection string of a user of a database on the server; the password is the name. */
export function login(server: PostgresServer, user: string, database: string): string {
	const url = new URL(server.url);
	url.username = user;
	url.password = user;
	url.pathname = `/${database}`;
	return url.href;
}

/** Statements of one session, one after the other. */
export async function sql(url: string, ...statements: readonly string[]): Promise<pg.QueryResult> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		let last = await client.query("SELECT");
		for (const statement of statements) last = await client.query(statement);
		return last;
	} finally {
		await client.end();
	}
}

/** The command line with one connection string; it has to succeed. */
export async function done(url: string, ...args: readonly string[]): Promise<string> {
	const ended = await runCli(args, { DATABASE_URL: url, USER: "ann", REWARD_API_KEY: "sk_test_platform" });
	expect(ended, `${args.join(" ")}: ${ended.stderr}`).toMatchObject({ code: 0 });
	return ended.stdout;
}

/**
 * The main job and what belongs to it, as it goes on every platform: rows of the application and of a watched table
 * arrive, an operator looks and decides, doctor finds nothing wrong.
 *
 * @param env For the relay alone, e.g. DATABASE_LISTEN_URL.
 */
export async function theWholeJobWorks(logins: Logins, env: Record<string, string> = {}): Promise<void> {
	const { owner, writer, relay, operator } = logins;
	await using reward = await startScriptedReward();
	await using _running = await startListeningRelay({ databaseUrl: relay, reward, env });
	await sql(
		writer,
		"BEGIN",
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('paid', 'ada', '{"value": 19.90}')`,
		"SELECT reward_outbox.emit('paid', 'bob', idempotency_key => 'payment-1')",
		"COMMIT",
		"BEGIN",
		"SELECT reward_outbox.emit('paid', 'never')",
		"ROLLBACK",
	);
	await sql(owner, "CREATE TABLE orders (id integer PRIMARY KEY, customer text, status text)");
	const rule = [
		"--operations",
		"INSERT",
		"--trigger-id",
		"ordered",
		"--user-id",
		"NEW.customer",
		"--idempotency-key",
		"'order-' || NEW.id",
	];
	await done(owner, "watches", "add", "orders", "--table", "orders", ...rule);
	await sql(owner, "INSERT INTO orders VALUES (1, 'eve', 'open')");
	await reward.waitFor(({ requests }) => requests.length >= 3);
	await delivered(operator, 3);
	expect(reward.requests.map(({ path }) => path.split("/").at(-2)).sort()).toEqual(["ada", "bob", "eve"]);
	const [event] = (await done(operator, "events", "list", "--user", "ada", "--json")).split("\n");
	const { id } = JSON.parse(event as string);
	await done(operator, "events", "retry", id, "--allow-duplicates", "--reason", "the customer asked");
	await reward.waitFor(({ requests }) => requests.length >= 4);
	await delivered(operator, 3);
	expect(await done(operator, "operations", "list")).toContain("the customer asked");
	await healthy(relay, { REWARD_API_URL: reward.url, ...env });
}

async function delivered(operator: string, count: number): Promise<void> {
	for (;;) {
		const { rows } = await sql(
			operator,
			"SELECT count(*)::int AS n FROM reward_outbox.events WHERE status = 'delivered'",
		);
		if (rows[0].n === count) return;
	}
}

/** Doctor, as the relay's user: no failure, and nothing that this platform is to blame for. */
async function healthy(relay: string, env: Record<string, string>): Promise<void> {
	const { stdout } = await runCli(["doctor", "--json"], {
		DATABASE_URL: relay,
		REWARD_API_KEY: "sk_test_platform",
		...env,
	});
	const { checks } = JSON.parse(stdout) as { checks: { name: string; verdict: string; message: string }[] };
	expect(checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
}
