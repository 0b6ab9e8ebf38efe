/** What the operating system says about this process. */
export interface ProcessUsage {
	/** Since it started, user and system together. */
	readonly cpuSeconds: number;
	readonly residentBytes: number;
	/** JavaScript objects alone. */
	readonly heapBytes: number;
	/** Unix time. */
	readonly startedAtSeconds: number;
}
