import type { Logger } from "../log.ts";
import { loadCredentials } from "../reward/credentials.ts";
import { EmbeddedRelay } from "./embedded.ts";
import type { RelayOptions } from "./options.ts";

export type { HealthReport } from "../http/health.ts";
export type { Logger } from "../log.ts";
export type { KeySource } from "../reward/credentials.ts";
export type { RelayOptions } from "./options.ts";

/** A relay inside a process of yours. */
export type RelayHandle = Pick<EmbeddedRelay, "start" | "stop" | "reloadKey" | "health" | "metrics">;

const SILENT: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/**
 * Creates a relay; nothing runs until `start()`.
 * @throws ConfigurationError when the key cannot be one
 */
export async function createRelay(options: RelayOptions): Promise<RelayHandle> {
	const relay = new EmbeddedRelay(options, await loadCredentials(options.rewardApiKey), options.logger ?? SILENT);
	// Bound, so that each can be handed on by itself.
	return {
		start: () => relay.start(),
		stop: (graceMs) => relay.stop(graceMs),
		reloadKey: () => relay.reloadKey(),
		health: () => relay.health(),
		metrics: () => relay.metrics(),
	};
}
