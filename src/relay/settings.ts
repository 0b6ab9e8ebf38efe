import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { DEFAULT_CONCURRENCY } from "../config.ts";
import { packageVersion } from "../version.ts";
import type { RelayOptions } from "./options.ts";
import type { RelaySettings } from "./parts.ts";

/** The settings with their defaults. */
export function settingsOf(options: RelayOptions): RelaySettings {
	return {
		name: options.name ?? `${hostname()}-${randomBytes(4).toString("hex")}`,
		version: packageVersion(),
		concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
		requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
		leaseMs: options.leaseMs ?? 60_000,
		pollIntervalMs: options.pollIntervalMs ?? 5_000,
		maxAttempts: options.maxAttempts ?? 20,
		backoffBaseMs: options.backoffBaseMs ?? 1_000,
		backoffCapMs: options.backoffCapMs ?? 3_600_000,
	};
}
