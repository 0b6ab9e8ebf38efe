import type { SettingsReader } from "./reader.ts";
import { LEASE_MARGIN_MS, SETTINGS } from "./settings.ts";

export interface DeliveryConfig {
	/** Requests in flight at most. */
	readonly concurrency: number;
	/** Total deadline of one attempt, from the first byte to the last. Milliseconds. */
	readonly requestTimeoutMs: number;
	/** How long a claim holds. At least `requestTimeoutMs` + {@link LEASE_MARGIN_MS}. Milliseconds. */
	readonly leaseMs: number;
	/** How often the database is asked when no notification arrives. Milliseconds. */
	readonly pollIntervalMs: number;
	/** After this many attempts an event is dead. */
	readonly maxAttempts: number;
	/** Upper end of the wait after the first failure; it doubles from there. Milliseconds. */
	readonly backoffBaseMs: number;
	/** The wait never gets longer than this. Milliseconds. */
	readonly backoffCapMs: number;
	/** How long a stopping relay waits for what is in flight; 0 does not wait. Milliseconds. */
	readonly shutdownGraceMs: number;
}

const NAMES = [
	"concurrency",
	"requestTimeoutMs",
	"leaseMs",
	"pollIntervalMs",
	"maxAttempts",
	"backoffBaseMs",
	"backoffCapMs",
	"shutdownGraceMs",
] as const satisfies (keyof DeliveryConfig)[];

/** What applies where nothing is set. */
export const DELIVERY_DEFAULTS = Object.fromEntries(
	NAMES.map((name) => [name, SETTINGS[name].default]),
) as unknown as DeliveryConfig;

/** How events are delivered. */
export function deliveryPart(reader: SettingsReader): DeliveryConfig {
	const before = reader.problems.length;
	const read = NAMES.map((name) => [name, reader.read(SETTINGS[name]) ?? SETTINGS[name].default] as const);
	const delivery = Object.fromEntries(read) as unknown as DeliveryConfig;
	// Comparing with the default that stands in for a wrong value would report nonsense.
	if (reader.problems.length === before) reportContradictions(reader, delivery);
	return delivery;
}

function reportContradictions(reader: SettingsReader, delivery: DeliveryConfig): void {
	const { leaseMs, requestTimeoutMs, backoffBaseMs, backoffCapMs } = SETTINGS;
	const shortestLeaseMs = delivery.requestTimeoutMs + LEASE_MARGIN_MS;
	if (delivery.leaseMs < shortestLeaseMs) {
		const sum = `${reader.nameOf(requestTimeoutMs)} + ${LEASE_MARGIN_MS} = ${shortestLeaseMs}`;
		const found = `${delivery.leaseMs}${reader.has(leaseMs) ? "" : " (the default)"}`;
		reader.report(leaseMs, `expected at least ${sum}, got ${found}`);
	}
	if (delivery.backoffBaseMs > delivery.backoffCapMs) {
		const cap = `${reader.nameOf(backoffCapMs)} = ${delivery.backoffCapMs}`;
		reader.report(backoffBaseMs, `expected at most ${cap}, got ${delivery.backoffBaseMs}`);
	}
}
