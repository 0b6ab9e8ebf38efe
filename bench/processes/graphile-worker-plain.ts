import { Logger, run } from "graphile-worker";
import { assignment } from "./assignment.ts";
import { deliver, type Job } from "./deliver.ts";

const JOBS = 24;

await run({
	preset: {
		worker: {
			connectionString: assignment.databaseUrl,
			concurrentJobs: JOBS,
			maxPoolSize: JOBS,
			preparedStatements: true,
			logger: new Logger(() => () => {}),
		},
	},
	taskList: { deliver: async (payload, { job }) => await deliver(payload as Job, String(job.id)) },
});
