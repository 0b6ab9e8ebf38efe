import { PgBoss } from "pg-boss";
import { BENCH_QUEUE } from "../contenders/pg-boss-queue.ts";
import { assignment } from "./assignment.ts";
import { deliver, type Job } from "./deliver.ts";

const boss = new PgBoss({
	connectionString: assignment.databaseUrl,
	max: 6,
	schedule: false,
	migrate: false,
	useListenNotify: true,
});
boss.on("error", (error) => console.error(error));
await boss.start();
await boss.work<Job>(
	BENCH_QUEUE,
	{
		batchSize: 1000,
		localConcurrency: 2,
		burstWhenBatchFull: true,
		pollingIntervalSeconds: 0.5,
		notifyPollingIntervalSeconds: 0.5,
	},
	async (jobs) => {
		// undici's pool holds back what exceeds its connections.
		await Promise.all(jobs.map((job) => deliver(job.data, job.id)));
	},
);
process.on("SIGTERM", () => void boss.stop({ graceful: false }).finally(() => process.exit()));
