import { Pool } from "undici";
import { assignment } from "./assignment.ts";

/** One event, as the peers keep it. */
export interface Job {
	readonly trigger: string;
	readonly user: string;
	readonly payload: unknown;
}

const pool = new Pool(assignment.sinkUrl, { connections: assignment.concurrency, pipelining: 1 });

export function pathOf(trigger: string, user: string): string {
	return `/v1/triggers/${encodeURIComponent(trigger)}/users/${encodeURIComponent(user)}/events`;
}

/** One POST, the same as the relay's. Throws unless it was accepted. */
export async function post(trigger: string, user: string, key: string, body: string): Promise<void> {
	const { statusCode, body: answer } = await pool.request({
		method: "POST",
		path: pathOf(trigger, user),
		headers: {
			authorization: "Bearer sk_test_bench",
			"content-type": "application/json",
			"idempotency-key": key,
			"user-agent": "bench",
		},
		body,
	});
	await answer.dump();
	if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
}

export async function deliver(job: Job, key: string): Promise<void> {
	await post(job.trigger, job.user, key, JSON.stringify(job.payload));
}
