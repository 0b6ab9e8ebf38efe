import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";

/** How many wrong tokens may be presented before it costs something, and what it costs. */
export interface LoginLimits {
	/** Free of charge. */
	readonly burst: number;
	/** What the next one costs; it doubles with each further one. Milliseconds. */
	readonly firstWaitMs: number;
	readonly longestWaitMs: number;
}

const HOUR_MS = 3_600_000;

/** The same token, or one that begins like it, from the same address: a person who mistypes. */
export const PER_TOKEN: LoginLimits = { burst: 10, firstWaitMs: 6_000, longestWaitMs: HOUR_MS / 4 };
/** Whatever token, from the same address: there may be a whole company behind it. */
export const PER_ADDRESS: LoginLimits = { burst: 50, firstWaitMs: 6_000, longestWaitMs: HOUR_MS / 4 };
/** All addresses together: this bounds the log, so it never costs much. */
export const TOGETHER: LoginLimits = { burst: 300, firstWaitMs: 1_000, longestWaitMs: 10_000 };

/** Whoever has been quiet for this long begins anew. */
const FORGOTTEN_AFTER_MS = HOUR_MS;
const MOST_KEYS = 10_000;
/** Enough to tell tokens apart, and not enough to try one. */
const PREFIX_CHARACTERS = 6;

/**
 * Counts wrong tokens, and says how long the next one has to wait. Right ones are neither counted nor kept waiting,
 * whoever has guessed from the same address: this makes guessing dear and keeps the log small, it shuts nobody out.
 */
export class FailedLogins {
	readonly #costs = new Map<string, Cost>();
	readonly #together: Cost = { limits: TOGETHER, failures: 0, freeAt: 0, lastAt: 0 };
	readonly #clock: () => number;

	/** @param clock Milliseconds; only differences matter. */
	constructor(clock: () => number) {
		this.#clock = clock;
	}

	/** How long a token that is wrong has to wait before it may be tried from there; 0: it may. Milliseconds. */
	waitMs(address: string, presented: string): number {
		const now = this.#clock();
		const own = keysOf(address, presented).map(([key]) => this.#costs.get(key));
		return Math.max(...[...own, this.#together].map((cost) => (cost === undefined ? 0 : waitOf(cost, now))));
	}

	failed(address: string, presented: string): void {
		const now = this.#clock();
		for (const [key, limits] of keysOf(address, presented)) {
			const cost = this.#costs.get(key) ?? { limits, failures: 0, freeAt: 0, lastAt: now };
			// Moved to the end: the one that was quiet longest is forgotten first.
			this.#costs.delete(key);
			this.#costs.set(key, cost);
			charge(cost, now);
		}
		charge(this.#together, now);
		for (const [oldest] of this.#costs) {
			if (this.#costs.size <= MOST_KEYS) break;
			this.#costs.delete(oldest);
		}
	}
}

interface Cost {
	readonly limits: LoginLimits;
	failures: number;
	/** When the next one may be tried. */
	freeAt: number;
	lastAt: number;
}

function waitOf({ freeAt, lastAt }: Cost, now: number): number {
	return now - lastAt >= FORGOTTEN_AFTER_MS ? 0 : Math.max(0, freeAt - now);
}

function charge(cost: Cost, now: number): void {
	const { burst, firstWaitMs, longestWaitMs } = cost.limits;
	if (now - cost.lastAt >= FORGOTTEN_AFTER_MS) cost.failures = 0;
	cost.failures += 1;
	cost.lastAt = now;
	const beyond = cost.failures - burst;
	cost.freeAt = beyond < 0 ? now : now + Math.min(firstWaitMs * 2 ** Math.min(beyond, 30), longestWaitMs);
}

function keysOf(address: string, presented: string): [string, LoginLimits][] {
	const from = network(address);
	return [
		[`${from} ${digestOf(presented.slice(0, PREFIX_CHARACTERS))}`, PER_TOKEN],
		[from, PER_ADDRESS],
	];
}

/** Nothing of a token is kept, not even its beginning. */
function digestOf(text: string): string {
	return createHash("sha256").update(text).digest("base64url");
}

/** Whoever has one IPv6 address usually has 2^64 of them. */
function network(address: string): string {
	if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
	const [head = "", tail] = address.split("::");
	const groups = head.split(":");
	const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
	return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => "0")].slice(0, 4).join(":");
}
