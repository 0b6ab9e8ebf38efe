/** An attempt that is made under a lease: where it is on record, the lease was known. */
export interface LeasedAttempt {
	readonly eventId: string;
	readonly attempt: number;
}

interface OpenLease {
	count: number;
	readonly deadline: number;
	readonly attempt: LeasedAttempt | null;
}

/** Counts what is left under each lease, so that the settlement which ends one can say so. */
export class LeaseBook {
	readonly #left = new Map<string, OpenLease>();
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

	/**
	 * @param deadline monotonic milliseconds after which nothing more may be sent under the lease
	 * @param attempt any one that is made under it
	 */
	open(leaseId: string, count: number, deadline: number, attempt: LeasedAttempt | null = null): void {
		if (count === 0) return;
		this.#opened++;
		this.#left.set(leaseId, { count, deadline, attempt });
	}

	/** Null: nothing is left of the lease. */
	attemptUnder(leaseId: string): LeasedAttempt | null {
		return this.#left.get(leaseId)?.attempt ?? null;
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

	/**
	 * Some of it is being given back, or another relay has written it off: whether the database still knows the lease is
	 * open until it is settled.
	 */
	mayBeGone(leaseId: string): void {
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
