/** What the operating system says about this process. */
export interface ProcessUsage {
	/** Since it started, user and system together. */
	readonly cpuSeconds: number;
	readonly residentBytes: number;
	/** JavaScript objects alone. */
	readonly heapBytes: number;
	/** Since it started: lines of its log that nobody will read. */
	readonly logLinesDropped: number;
	/** Unix time. */
	readonly startedAtSeconds: number;
}
