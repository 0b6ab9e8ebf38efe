import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { DELIVERY_DEFAULTS as DEFAULTS } from "../config.ts";
import { packageVersion } from "../version.ts";
import type { RelayOptions } from "./options.ts";
import type { RelaySettings } from "./parts.ts";

/** The settings with their defaults. */
export function settingsOf(options: RelayOptions): RelaySettings {
	return {
		name: options.name ?? `${hostname()}-${randomBytes(4).toString("hex")}`,
		version: packageVersion(),
		concurrency: options.concurrency ?? DEFAULTS.concurrency,
		requestTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
		leaseMs: options.leaseMs ?? DEFAULTS.leaseMs,
		pollIntervalMs: options.pollIntervalMs ?? DEFAULTS.pollIntervalMs,
		maxAttempts: options.maxAttempts ?? DEFAULTS.maxAttempts,
		backoffBaseMs: options.backoffBaseMs ?? DEFAULTS.backoffBaseMs,
		backoffCapMs: options.backoffCapMs ?? DEFAULTS.backoffCapMs,
	};
}
