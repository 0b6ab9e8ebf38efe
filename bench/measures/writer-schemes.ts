import pg from "pg";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { type Contender, execute } from "../contenders/contender.ts";
import { ours } from "../contenders/ours.ts";

/**
 * The business transaction's own tables, and two outboxes to compare with ours: a plain table with the same three
 * values and one index, and the same with NOTIFY per statement.
 */
const SCHEMA = `
CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 70);
INSERT INTO accounts SELECT n, 0 FROM generate_series(1, 20000) n;
CREATE TABLE history (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account_id integer NOT NULL, amount integer NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE plain_outbox (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, trigger_id text NOT NULL, user_id text NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE notifying_outbox (LIKE plain_outbox INCLUDING ALL);
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

/** What a real relay meets while the application writes. */
export interface RelayState {
	readonly reward: { readonly latencyMs: number; readonly status: 200 | 401 } | "unreachable";
	/** An operator has paused the trigger. */
	readonly paused?: true;
	/** How it says that it has come to this state; see the columns of reward_outbox.relays. */
	readonly reached: string;
}

export interface Scheme {
	readonly id: string;
	readonly name: string;
	/** The outbox statement in the business transaction; null: none. */
	readonly insert: string | null;
	/** What a relay would have open; it listens, so that NOTIFY has somebody to tell. */
	readonly listens?: string;
	/** Asks to be notified, as an idle relay does. */
	readonly asks?: true;
	readonly relay?: RelayState;
	/** The application and PostgreSQL on one half of the processors; the relay, its sessions and Reward on the other. */
	readonly apart?: true;
	/** Shown for comparison, where there is time. */
	readonly beside?: true;
	/** Which scheme it is held against. */
	readonly yardstick: "plain" | "plain-apart" | null;
	/** The share of the yardstick's throughput it has to keep; absent: none is promised. */
	readonly goal?: number;
}

const insertInto = (table: string) =>
	`INSERT INTO ${table} (trigger_id, user_id, payload) VALUES ('bench', 'u1', '{"value": 19.99}');`;
export const INSERT = { ours: insertInto("reward_outbox.outbox"), plain: insertInto("plain_outbox") } as const;

const ANSWERS = { latencyMs: 0, status: 200 } as const;
/** Each request takes a second, so that 64 at once are 64 a second: hardly any work, and ever further behind. */
const SLOW = { latencyMs: 1_000, status: 200 } as const;
const UNAUTHORIZED = { latencyMs: 0, status: 401 } as const;
const POLLING = "wake_mode = 'polling'";
const LISTENING = "wake_mode = 'listening'";
const kept = { insert: INSERT.ours, yardstick: "plain", goal: 0.9 } as const;

/** In the order in which they are shown. */
export const SCHEMES: readonly Scheme[] = [
	{ id: "none", name: "no outbox", insert: null, yardstick: null, beside: true },
	{ id: "plain", name: "plain outbox table", insert: INSERT.plain, yardstick: null },
	{
		id: "notify",
		name: "trigger, NOTIFY per statement",
		insert: insertInto("notifying_outbox"),
		listens: "notifying_outbox",
		yardstick: "plain",
	},
	{ ...kept, id: "ours-absent", name: "reward-outbox, no relay" },
	{ ...kept, id: "ours-behind", name: "… behind a slow Reward", relay: { reward: SLOW, reached: POLLING } },
	{ ...kept, id: "ours-down", name: "… Reward down", relay: { reward: "unreachable", reached: "NOT able" } },
	{ ...kept, id: "ours-revoked", name: "… key revoked", relay: { reward: UNAUTHORIZED, reached: "NOT able" } },
	{
		...kept,
		id: "ours-paused",
		name: "… trigger paused",
		relay: { reward: ANSWERS, paused: true, reached: LISTENING },
	},
	{
		id: "plain-apart",
		name: "plain table, half of the processors",
		insert: INSERT.plain,
		yardstick: null,
		apart: true,
	},
	{
		...kept,
		id: "ours-apart",
		name: "… keeping up, on the other half",
		relay: { reward: ANSWERS, reached: LISTENING },
		apart: true,
		yardstick: "plain-apart",
	},
	{
		id: "ours-awake",
		name: "… keeping up, on the same processors",
		insert: INSERT.ours,
		relay: { reward: ANSWERS, reached: LISTENING },
		yardstick: "plain",
	},
	{
		id: "ours-asked",
		name: "… asked to notify all the time",
		insert: INSERT.ours,
		listens: "reward_outbox",
		asks: true,
		beside: true,
		yardstick: "plain",
	},
];

/** Of the transaction: one UPDATE, one INSERT, and the outbox's. pgbench's script language. */
export function transactionScript(insert: string | null): string {
	return [
		"\\set account random(1, 20000)",
		"BEGIN;",
		"UPDATE accounts SET balance = balance + 1 WHERE id = :account;",
		"INSERT INTO history (account_id, amount) VALUES (:account, 1);",
		...(insert === null ? [] : [insert]),
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
