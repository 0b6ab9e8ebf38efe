/**
 * Milliseconds on the system's monotonic clock. The same in every process of this machine, unlike `performance.now()`,
 * so that what the sink saw can be subtracted from what the writer did.
 */
export function now(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1e3 + nanoseconds / 1e6;
}
