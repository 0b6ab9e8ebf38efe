import type { Contender } from "./contender.ts";
import { bareUndici, plain } from "./controls.ts";
import { graphileWorker, graphileWorkerPlain } from "./graphile-worker.ts";
import { bareListen, naive } from "./naive.ts";
import { ours, oursUnchained } from "./ours.ts";
import { pgBoss } from "./pg-boss.ts";
import { transactionalOutboxPolling, transactionalOutboxReplication } from "./pg-transactional-outbox.ts";

export const CONTENDERS: readonly Contender[] = [
	bareUndici,
	ours,
	oursUnchained,
	graphileWorker,
	pgBoss,
	graphileWorkerPlain,
	transactionalOutboxReplication,
	transactionalOutboxPolling,
	naive,
	bareListen,
	plain,
];

/** What deliveries are compared with. The naive outbox has a goal of its own. */
export const PEERS = [
	"graphile-worker",
	"pg-boss",
	"graphile-worker-plain",
	"pgto-replication",
	"pgto-polling",
] as const;

/**
 * Those that commit a claim before they send, as ours does. Who sends first saves a flush, and after a crash has no
 * record of what was sent.
 */
export const CLAIMING_PEERS = ["graphile-worker", "pg-boss", "graphile-worker-plain", "pgto-polling"] as const;

export function contenderNamed(id: string): Contender {
	const contender = CONTENDERS.find((candidate) => candidate.id === id);
	if (contender === undefined) throw new Error(`no contender is called ${id}`);
	return contender;
}

export function nameOf(id: string): string {
	return contenderNamed(id).name;
}
