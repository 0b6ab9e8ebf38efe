/** Counts what is left under each lease, so that the settlement which ends one can say so. */
export class LeaseBook {
	readonly #left = new Map<string, { count: number; readonly deadline: number }>();
	#opened = 0;
	/** Those that the database may know or not. */
	readonly #unsure = new Set<string>();

	/** How many were ever opened. */
	get opened(): number {
		return this.#opened;
	}

	/** Leases of which something is left. */
	get size(): number {
		return this.#left.size;
	}

	/** @param deadline monotonic milliseconds after which nothing more may be sent under the lease */
	open(leaseId: string, count: number, deadline: number): void {
		if (count === 0) return;
		this.#opened++;
		this.#left.set(leaseId, { count, deadline });
	}

	/** Takes events off a lease; true: nothing is left of it. */
	settle(leaseId: string, count = 1): boolean {
		const lease = this.#left.get(leaseId);
		if (lease === undefined) return false;
		lease.count -= count;
		if (lease.count > 0) return false;
		this.#left.delete(leaseId);
		this.#unsure.delete(leaseId);
		return true;
	}

	/** Some of it is being given back: whether the database still knows the lease is open until that is settled. */
	returning(leaseId: string): void {
		if (this.#left.has(leaseId)) this.#unsure.add(leaseId);
	}

	/** The database is an older state of itself by now: it need not know any that is open. */
	databaseMoved(): void {
		for (const leaseId of this.#left.keys()) this.#unsure.add(leaseId);
	}

	/** Leases that the database must still know. */
	openAt(now: number): string[] {
		return [...this.#left]
			.filter(([leaseId, lease]) => lease.deadline > now && !this.#unsure.has(leaseId))
			.map(([leaseId]) => leaseId);
	}
}
