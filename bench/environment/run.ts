import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Assignment, Contender } from "../contenders/contender.ts";
import { Child } from "./child.ts";

/** Starts a contender's process; null: it has none. */
export function startContender(contender: Contender, assignment: Assignment): Child | null {
	const command = contender.command(assignment);
	return command === null ? null : new Child({ name: contender.name, ...command });
}

/** Waits until everything a contender has sent is on record. */
export async function untilFinished(client: pg.Client, contender: Contender, deadlineMs: number): Promise<boolean> {
	const deadline = performance.now() + deadlineMs;
	while (performance.now() < deadline) {
		const { rows } = await client.query<{ finished: boolean }>(contender.finishedSql);
		if (rows[0]?.finished) return true;
		await sleep(5);
	}
	return false;
}

/** Bytes of write-ahead log the server has written so far. */
export async function walBytes(client: pg.Client): Promise<number> {
	const { rows } = await client.query<{ bytes: string }>("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes");
	return Number(rows[0]?.bytes);
}

/** Undefined if it took longer. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
	const { promise, resolve } = Promise.withResolvers<undefined>();
	const timer = setTimeout(() => resolve(undefined), ms);
	try {
		return await Promise.race([work, promise]);
	} finally {
		clearTimeout(timer);
	}
}
