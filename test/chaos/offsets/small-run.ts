import pg from "pg";
import { createRelay, type RelayHandle } from "../../../src/composition/index.ts";
import { readValue, until } from "../../lifecycle/facts.ts";
import { checkInvariants } from "../../lifecycle/invariants.ts";
import type { Direction, Trouble } from "../../support/bad-connection.ts";
import { BadLine } from "../../support/bad-line.ts";
import {
	answer,
	type Reply,
	type ScriptedRequest,
	startScriptedReward,
	success,
} from "../../support/scripted-reward.ts";

/** A connection that can be struck: whose, and which way its bytes go. */
export interface Stream {
	readonly to: "PostgreSQL" | "Reward";
	readonly direction: Direction;
}

/** `killed`: at that byte the relay's machine is gone, with all its connections. */
export interface Case extends Stream {
	readonly offset: number;
	readonly trouble: Trouble | "killed";
}

export interface CaseResult {
	readonly isReached: boolean;
	readonly violations: readonly string[];
	readonly duplicated: number;
	/** From the blow until everything had ended. */
	readonly recoveryMs: number;
	/** Bytes of the stream from the first INSERT until everything had ended. */
	readonly bytes: number;
}

export const STREAMS: readonly Stream[] = [
	{ to: "PostgreSQL", direction: "to the server" },
	{ to: "PostgreSQL", direction: "to the client" },
	{ to: "Reward", direction: "to the server" },
	{ to: "Reward", direction: "to the client" },
];

const ENDS_WITHIN_MS = 90_000;
const REFUSED = "refused";
/** One plain event, two in order, one that must not be sent twice, and one that Reward refuses. */
const WRITE = `
SELECT reward_outbox.emit('paid', 'plain') AS id
UNION ALL SELECT reward_outbox.emit('paid', 'first', ordering_key => 'key')
UNION ALL SELECT reward_outbox.emit('paid', 'second', ordering_key => 'key')
UNION ALL SELECT reward_outbox.emit('voucher', 'once')
UNION ALL SELECT reward_outbox.emit('paid', '${REFUSED}')`;
/** There is a claim for it, committed, or its attempt is on record already. */
const IS_INTENDED = `
SELECT EXISTS (SELECT FROM reward_outbox.claims WHERE $1 = ANY(event_ids))
    OR EXISTS (SELECT FROM reward_outbox.attempts WHERE event_id = $1) AS intended`;

/** One small run of a relay that is struck at one byte, and what must hold afterwards. The database is migrated. */
export async function runCase(databaseUrl: string, pool: pg.Pool, one: Case): Promise<CaseResult> {
	const violations: string[] = [];
	await using reward = await startScriptedReward({ script: (request) => reply(pool, request, violations) });
	await using toDatabase = await BadLine.start(Number(new URL(databaseUrl).port));
	await using toReward = await BadLine.start(reward.port);
	const victim = await startRelay(toDatabase.through(databaseUrl), toReward.through(reward.url));
	const line = one.to === "PostgreSQL" ? toDatabase : toReward;
	const struck = Promise.withResolvers<number>();
	const ended: Promise<unknown>[] = [];
	const before = line.carried[one.direction];
	line.strikeAt(one.direction, one.offset, (connection) => {
		struck.resolve(performance.now());
		if (one.trouble !== "killed") return connection.strike(one.trouble, one.direction);
		for (const each of [toDatabase, toReward]) each.cut();
		ended.push(victim.stop(0));
	});
	const { rows } = await pool.query<{ id: string }>(WRITE);
	const ids = rows.map(({ id }) => id);
	const drained = untilEnded(pool, ids);
	const struckAt = await Promise.race([struck.promise, drained.then(() => null)]);
	const next = one.trouble === "killed" && struckAt !== null ? await startRelay(databaseUrl, reward.url) : null;
	await drained.catch((error: Error) => violations.push(`I7: ${error.message}`));
	const recoveryMs = performance.now() - (struckAt ?? performance.now());
	const bytes = line.carried[one.direction] - before;
	await Promise.all([next?.stop(2_000), ...(ended.length > 0 ? ended : [victim.stop(2_000)])]);
	const report = await checkInvariants(pool, reward, { lasting: ids, only: ids });
	return {
		isReached: struckAt !== null,
		violations: [...violations, ...report.violations],
		duplicated: report.duplicated.length,
		recoveryMs,
		bytes,
	};
}

async function startRelay(databaseUrl: string, rewardApiUrl: string): Promise<RelayHandle> {
	const relay = await createRelay({
		databaseUrl,
		rewardApiUrl,
		rewardApiKey: "sk_test_offsets",
		logger: null,
		concurrency: 8,
		requestTimeoutMs: 1_000,
		leaseMs: 6_100,
		pollIntervalMs: 1_000,
		backoffBaseMs: 20,
		backoffCapMs: 100,
	});
	await relay.start();
	await until("it listens", async () => (await relay.health()).listener.mode === "listening", ENDS_WITHIN_MS);
	return relay;
}

/** Before it answers, it looks whether the relay had said that it would send this. */
async function reply(pool: pg.Pool, { idempotencyKey: id, userId }: ScriptedRequest, found: string[]): Promise<Reply> {
	if (!(await readValue<boolean>(pool, IS_INTENDED, [id]))) found.push(`I5: ${id} was sent before its claim`);
	return userId === REFUSED ? answer(422, '{"error":{"code":"invalid","message":"no"}}') : success();
}

function untilEnded(pool: pg.Pool, ids: readonly string[]): Promise<void> {
	const open =
		"SELECT count(*)::integer FROM reward_outbox.events WHERE id = ANY($1) AND status IN ('pending', 'sending')";
	return until("all events have ended", async () => (await readValue<number>(pool, open, [ids])) === 0, ENDS_WITHIN_MS);
}

/** A database that cases can be run in, one after the other. */
export async function prepareLane(databaseUrl: string): Promise<pg.Pool> {
	const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
	pool.on("error", () => {});
	await pool.query("SELECT reward_outbox.set_trigger('voucher', $1)", [{ mode: "at_most_once" }]);
	return pool;
}
