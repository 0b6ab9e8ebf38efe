import { Logger, run } from "graphile-worker";
import { assignment } from "./assignment.ts";
import { deliver, type Job } from "./deliver.ts";

const BATCH_DELAY_MS = 10;

await run({
	preset: {
		worker: {
			connectionString: assignment.databaseUrl,
			concurrentJobs: assignment.concurrency,
			maxPoolSize: 10,
			localQueue: { size: assignment.forLatency ? 500 : 2000 },
			completeJobBatchDelay: BATCH_DELAY_MS,
			failJobBatchDelay: BATCH_DELAY_MS,
			preparedStatements: true,
			logger: new Logger(() => () => {}),
		},
	},
	taskList: { deliver: async (payload, { job }) => await deliver(payload as Job, String(job.id)) },
});
