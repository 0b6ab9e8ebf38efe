export const BENCH_QUEUE = "deliver";
