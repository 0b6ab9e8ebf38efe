const { env } = process;

/** What this process was started for. */
export const assignment = {
	databaseUrl: required("BENCH_DATABASE_URL"),
	sinkUrl: required("BENCH_SINK_URL"),
	concurrency: Number(required("BENCH_CONCURRENCY")),
	forLatency: required("BENCH_TUNING") === "latency",
	events: Number(required("BENCH_EVENTS")),
};

function required(name: string): string {
	const value = env[name];
	if (value === undefined) throw new Error(`${name} is not set`);
	return value;
}
