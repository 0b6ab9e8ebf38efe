/** Counts what is left under each lease, so that the settlement which ends one can say so. */
export class LeaseBook {
	readonly #left = new Map<string, { count: number; readonly deadline: number }>();

	/** @param deadline monotonic milliseconds after which nothing more may be sent under the lease */
	open(leaseId: string, count: number, deadline: number): void {
		if (count > 0) this.#left.set(leaseId, { count, deadline });
	}

	/** Takes events off a lease; true: nothing is left of it. */
	settle(leaseId: string, count = 1): boolean {
		const lease = this.#left.get(leaseId);
		if (lease === undefined) return false;
		lease.count -= count;
		if (lease.count > 0) return false;
		this.#left.delete(leaseId);
		return true;
	}

	/** Leases that the database must still know. */
	openAt(now: number): string[] {
		return [...this.#left].filter(([, lease]) => lease.deadline > now).map(([leaseId]) => leaseId);
	}
}
