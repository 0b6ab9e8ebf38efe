import { availableParallelism, loadavg } from "node:os";

/**
 * How long something may take now, of what it may take on a machine of its own: the more processes want each processor,
 * the longer. A limit says that something is stuck, not that the machine is busy.
 */
export function allowed(ms: number): number {
	return ms * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}
