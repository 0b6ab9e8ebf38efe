import type { Clock } from "../../timing/clock.ts";
import { Rounds } from "../../timing/rounds.ts";
import type { Tenant } from "./tenant.ts";

const ROUND_MS = 1_000;
/** A database at which another relay has been seen is looked at so often while it is served from here. */
const CONTESTED_MS = 5_000;
/** Each of those that others serve is looked at once in so many rounds, or more often where there are few. */
const ROUNDS_FOR_ALL = 90;
/** A look at a database that does not answer lasts seconds, and keeps its place. */
const AT_ONCE = 16;

export interface SharingParts {
	readonly tenants: () => readonly Tenant[];
	readonly clock: Clock;
	/** In [0, 1). */
	readonly random: () => number;
}

/**
 * Divides the databases among the processes that have the same file. Who serves a database is settled in the database
 * itself; here is only when it is looked at. One of those that another process serves being free tells that this
 * process is gone or going, and all that it served are looked at: so few looks do, and its end is found within seconds.
 */
export class Sharing {
	readonly #parts: SharingParts;
	readonly #rounds: Rounds;
	readonly #lookedAt = new WeakMap<Tenant, number>();
	readonly #looking = new Set<Tenant>();
	/** To be looked at before all others. */
	readonly #urgent = new Set<Tenant>();

	constructor(parts: SharingParts) {
		this.#parts = parts;
		const { clock, random } = parts;
		this.#rounds = new Rounds({ everyMs: ROUND_MS, round: async () => this.#round(), clock, random });
	}

	start(): void {
		this.#rounds.start();
	}

	async stop(): Promise<void> {
		this.#urgent.clear();
		await this.#rounds.stop();
	}

	#round(): void {
		const before = this.#parts.clock.now() - CONTESTED_MS;
		const tenants = [...this.#parts.tenants()].sort((one, other) => this.#lastLook(one) - this.#lastLook(other));
		const contested = tenants.filter((one) => one.isContested && this.#lastLook(one) < before);
		const elsewhere = tenants.filter(({ servedBy }) => servedBy !== null);
		const dueOnes = elsewhere.slice(0, Math.ceil(elsewhere.length / ROUNDS_FOR_ALL));
		for (const tenant of [...this.#urgent, ...contested, ...dueOnes]) this.#look(tenant);
	}

	#lastLook(tenant: Tenant): number {
		return this.#lookedAt.get(tenant) ?? Number.NEGATIVE_INFINITY;
	}

	#look(tenant: Tenant): void {
		if (this.#looking.size >= AT_ONCE || this.#looking.has(tenant)) return;
		this.#urgent.delete(tenant);
		this.#looking.add(tenant);
		this.#lookedAt.set(tenant, this.#parts.clock.now());
		const { servedBy } = tenant;
		void tenant.look().then(() => {
			this.#looking.delete(tenant);
			if (servedBy !== null && tenant.servedBy !== servedBy) this.#lookAtAllOf(servedBy);
			for (const next of this.#urgent) this.#look(next);
		});
	}

	#lookAtAllOf(servedBy: string): void {
		for (const tenant of this.#parts.tenants()) if (tenant.servedBy === servedBy) this.#urgent.add(tenant);
	}
}
