import { isIPv6 } from "node:net";

/** How many wrong tokens may be presented at once, and how long until one more may be. */
export interface LoginLimits {
	readonly burst: number;
	readonly refillMs: number;
}

export const PER_ADDRESS: LoginLimits = { burst: 10, refillMs: 6_000 };
/** All addresses together: slower than any guess that leads anywhere, faster than people mistype. */
export const TOGETHER: LoginLimits = { burst: 100, refillMs: 600 };

const MOST_ADDRESSES = 10_000;

/**
 * Counts wrong tokens. Right ones are not counted, so that a scraper with its token is never shut out by somebody who
 * guesses. Who is shut out already does not count against the others.
 */
export class FailedLogins {
	readonly #perAddress = new Map<string, Budget>();
	readonly #together: Budget;
	readonly #clock: () => number;

	/** @param clock Milliseconds; only differences matter. */
	constructor(clock: () => number) {
		this.#clock = clock;
		this.#together = new Budget(TOGETHER, clock());
	}

	/** How long this address has to wait before it may try again; 0: it may. Milliseconds. */
	waitMs(address: string): number {
		const now = this.#clock();
		return Math.max(this.#perAddress.get(network(address))?.waitMs(now) ?? 0, this.#together.waitMs(now));
	}

	failed(address: string): void {
		const now = this.#clock();
		const key = network(address);
		const budget = this.#perAddress.get(key) ?? new Budget(PER_ADDRESS, now);
		// Moved to the end: the one that was quiet longest is forgotten first.
		this.#perAddress.delete(key);
		this.#perAddress.set(key, budget);
		if (this.#perAddress.size > MOST_ADDRESSES) {
			const [oldest] = this.#perAddress.keys();
			this.#perAddress.delete(oldest as string);
		}
		budget.spend(now);
		this.#together.spend(now);
	}
}

class Budget {
	readonly #limits: LoginLimits;
	#left: number;
	#at: number;

	constructor(limits: LoginLimits, now: number) {
		this.#limits = limits;
		this.#left = limits.burst;
		this.#at = now;
	}

	waitMs(now: number): number {
		return Math.max(0, Math.ceil((1 - this.#leftAt(now)) * this.#limits.refillMs));
	}

	spend(now: number): void {
		this.#left = Math.max(0, this.#leftAt(now) - 1);
		this.#at = now;
	}

	#leftAt(now: number): number {
		return Math.min(this.#limits.burst, this.#left + (now - this.#at) / this.#limits.refillMs);
	}
}

/** Whoever has one IPv6 address usually has 2^64 of them. */
function network(address: string): string {
	if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
	const [head = "", tail] = address.split("::");
	const groups = head.split(":");
	const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
	return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => "0")].slice(0, 4).join(":");
}
