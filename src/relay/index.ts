import { isTracingRegistered } from "../client/open-telemetry.ts";
import type { HealthReport } from "../http/health.ts";
import type { Logger } from "../logger.ts";
import { loadCredentials } from "../reward/credentials.ts";
import { EmbeddedRelay, untraced } from "./embedded.ts";
import type { RelayOptions } from "./options.ts";

export type { HealthReport } from "../http/health.ts";
export type { Logger } from "../logger.ts";
export type { KeySource } from "../reward/credentials.ts";
export type { RelayOptions } from "./options.ts";
export type { ProcessUsage } from "./process-usage.ts";

/** A relay inside a process of yours. Written out, so that its types need neither the driver's nor Node's. */
export interface RelayHandle {
	/**
	 * Begins to deliver, and goes on through every outage of the database or of Reward.
	 * @throws when the database answers and cannot be used: no schema, another version's schema, no access
	 */
	start(): Promise<void>;
	/**
	 * Finishes what is in flight and gives back the rest. May be called twice, and before `start()`.
	 * @param graceMs default 20 000; after that, requests are aborted and count as ambiguous
	 */
	stop(graceMs?: number): Promise<void>;
	/** Reads the API key again. True: it has changed, and is tried at once. */
	reloadKey(): Promise<boolean>;
	/** What `/readyz` shows. */
	health(): Promise<HealthReport>;
	/** Prometheus text. */
	metrics(): Promise<string>;
}

const SILENT: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/**
 * Creates a relay; nothing runs until `start()`.
 * @throws ConfigurationError when the key cannot be one
 */
export async function createRelay(options: RelayOptions): Promise<RelayHandle> {
	const credentials = await loadCredentials(options.rewardApiKey);
	// Without an OpenTelemetry SDK there is nothing of it: not a module, not an object.
	const trace = isTracingRegistered() ? (await import("../tracing/trace-relay.ts")).traceRelay : untraced;
	const relay = new EmbeddedRelay(options, credentials, options.logger ?? SILENT, trace);
	// Bound, so that each can be handed on by itself.
	return {
		start: () => relay.start(),
		stop: (graceMs) => relay.stop(graceMs),
		reloadKey: () => relay.reloadKey(),
		health: () => relay.health(),
		metrics: () => relay.metrics(),
	};
}
