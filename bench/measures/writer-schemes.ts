import pg from "pg";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { type Contender, execute } from "../contenders/contender.ts";
import { ours } from "../contenders/ours.ts";

/** The business transaction's own tables, and two outboxes to compare with ours: without NOTIFY, and with NOTIFY per statement. */
const SCHEMA = `
CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 70);
INSERT INTO accounts SELECT n, 0 FROM generate_series(1, 20000) n;
CREATE TABLE history (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account_id integer NOT NULL, amount integer NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE silent_outbox (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, trigger_id text NOT NULL, user_id text NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE notifying_outbox (LIKE silent_outbox INCLUDING ALL);
CREATE FUNCTION notify_listeners() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('notifying_outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER notify_listeners AFTER INSERT ON notifying_outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_listeners();`;

/** Ours with the application's tables beside it. */
export const writersDatabase: Contender = {
	...ours,
	id: "writers",
	async prepare(databaseUrl) {
		await migrateToLatest(databaseUrl);
		await execute(databaseUrl, SCHEMA);
		await execute(databaseUrl, "VACUUM ANALYZE");
	},
};

export interface Scheme {
	readonly id: string;
	readonly name: string;
	/** The outbox statement in the business transaction; null: none. */
	readonly insert: string | null;
	/** What a relay would have open; it listens, so that NOTIFY has somebody to tell. */
	readonly listens?: string;
	/** Asks to be notified, as an idle relay does. */
	readonly asks?: true;
	/** A real relay delivers meanwhile. */
	readonly relay?: true;
}

const insertInto = (table: string) =>
	`INSERT INTO ${table} (trigger_id, user_id, payload) VALUES ('bench', 'u1', '{"value": 19.99}');`;

export const SCHEMES: readonly Scheme[] = [
	{ id: "none", name: "no outbox", insert: null },
	{ id: "silent", name: "outbox INSERT, no NOTIFY", insert: insertInto("silent_outbox") },
	{
		id: "notify",
		name: "trigger, NOTIFY per statement",
		insert: insertInto("notifying_outbox"),
		listens: "notifying_outbox",
	},
	{
		id: "ours-idle",
		name: "reward-outbox, a relay asks to be notified",
		insert: insertInto("reward_outbox.outbox"),
		listens: "reward_outbox",
		asks: true,
	},
	{
		id: "ours-silent",
		name: "reward-outbox, nobody asks",
		insert: insertInto("reward_outbox.outbox"),
		listens: "reward_outbox",
	},
	{
		id: "ours-delivering",
		name: "the same, delivering on this machine",
		insert: insertInto("reward_outbox.outbox"),
		relay: true,
	},
];

/** Of the transaction: one UPDATE, one INSERT, and the outbox's. pgbench's script language. */
export function transactionScript(scheme: Scheme): string {
	return [
		"\\set account random(1, 20000)",
		"BEGIN;",
		"UPDATE accounts SET balance = balance + 1 WHERE id = :account;",
		"INSERT INTO history (account_id, amount) VALUES (:account, 1);",
		...(scheme.insert === null ? [] : [scheme.insert]),
		"COMMIT;",
		"",
	].join("\n");
}

/** The sessions a relay would have: one that listens, one that asks to be notified. Returns what ends them. */
export async function openSessions(
	databaseUrl: string,
	scheme: Pick<Scheme, "listens" | "asks">,
): Promise<() => Promise<void>> {
	const clients: pg.Client[] = [];
	const open = async (sql: string) => {
		const client = new pg.Client({ connectionString: databaseUrl });
		await client.connect();
		clients.push(client);
		await client.query(sql);
	};
	if (scheme.listens !== undefined) await open(`LISTEN ${scheme.listens}`);
	if (scheme.asks) await open(`SELECT pg_advisory_lock(${WAKE_LOCK})`);
	return async () => void (await Promise.all(clients.map((client) => client.end())));
}
