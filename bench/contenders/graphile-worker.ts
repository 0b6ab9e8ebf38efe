import { runMigrations } from "graphile-worker";
import { type Contender, peerCommand } from "./contender.ts";

const PAYLOAD = `json_build_object('trigger', 'bench', 'user', USER, 'payload', '{"value": 19.99}'::json)`;
const FILL = `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
  SELECT ROW('deliver', ${PAYLOAD.replace("USER", "'u' || n")}, NULL, NULL, NULL, NULL, NULL, NULL)::graphile_worker.job_spec
  FROM generate_series(0, $1 - 1) n))`;

const common = {
	prepare: async (connectionString) => await runMigrations({ connectionString }),
	async fill(client, events) {
		await client.query(FILL, [events]);
	},
	insertion: { kind: "sql", text: `SELECT graphile_worker.add_job('deliver', ${PAYLOAD.replace("USER", "$1::text")})` },
	finishedSql: "SELECT NOT EXISTS (SELECT FROM graphile_worker._private_jobs) AS finished",
	// Finished jobs are deleted: what is left is what was not recorded.
	recordedSql: "SELECT -count(*)::integer AS recorded FROM graphile_worker._private_jobs",
} satisfies Partial<Contender>;

export const graphileWorker: Contender = {
	...common,
	id: "graphile-worker",
	name: "graphile-worker, local queue",
	configuration: "local queue 2000 (500 for latency), completions batched for 10 ms, undici Pool.request",
	expected: { at0ms: 10_000, at50ms: 1_200 },
	command: (assignment) => peerCommand("graphile-worker.ts", assignment),
};

export const graphileWorkerPlain: Contender = {
	...common,
	id: "graphile-worker-plain",
	name: "graphile-worker, 24 jobs",
	configuration: "24 concurrent jobs and nothing else, as most people run it; undici Pool.request",
	expected: { at0ms: 2_000, at50ms: 480 },
	command: (assignment) => peerCommand("graphile-worker-plain.ts", assignment),
};
