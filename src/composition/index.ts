import { ConfigurationError, OutboxError } from "../errors.ts";
import { defaultLogger, SILENT } from "../log.ts";
import type { HealthReport } from "../relay/health.ts";
import { type Credentials, loadCredentials } from "../reward/credentials.ts";
import { type CheckedOptions, checkOptions } from "./check-options.ts";
import { EmbeddedRelay } from "./embedded-relay.ts";
import type { RelayOptions } from "./options.ts";
import { loadTracing } from "./tracing.ts";

export type { DatabaseLogin } from "../connection/password-source.ts";
export type { Logger } from "../logger.ts";
export type { ProcessUsage } from "../metrics/process-usage.ts";
export type { HealthReport } from "../relay/health.ts";
export type { KeySource } from "../reward/credentials.ts";
export type { RelayOptions } from "./options.ts";

/** A relay inside a process of yours. Written out, so that its types need neither the driver's nor Node's. */
export interface RelayHandle {
	/**
	 * Begins to deliver, and goes on through every outage of the database or of Reward. When `stop()` comes before it is
	 * done, it resolves and nothing has begun.
	 * @throws when the database answers and cannot be used (no schema, another version's schema, no access): may be tried
	 * again; OutboxError with the code `relay_stopped` after `stop()`: a stopped relay stays stopped, create another
	 */
	start(): Promise<void>;
	/**
	 * Finishes what is in flight and gives back the rest. May be called twice, and before `start()`. Anything but a
	 * number is ignored, so that it can be handed on as a signal's handler.
	 * @param graceMs default: the option `shutdownGraceMs`; after that, requests are aborted and count as ambiguous
	 */
	stop(graceMs?: number): Promise<void>;
	/** Reads the API key again. True: it has changed, and is tried at once. */
	reloadKey(): Promise<boolean>;
	/** What `/readyz` shows. */
	health(): Promise<HealthReport>;
	/** Prometheus text. */
	metrics(): Promise<string>;
}

/**
 * Creates a relay; nothing runs until `start()`.
 * @throws OutboxError with the code `unsupported_runtime` on Bun and Deno; ConfigurationError with everything that is
 *   wrong with the options, by the command line's rules
 */
export async function createRelay(options: RelayOptions): Promise<RelayHandle> {
	refuseOtherRuntimes();
	const { checked, credentials } = await prepare(options);
	const trace = await loadTracing();
	const log = options.logger === null ? SILENT : (options.logger ?? defaultLogger());
	const relay = new EmbeddedRelay(checked, { credentials, log, trace, processUsage: options.processUsage });
	// Bound, so that each can be handed on by itself.
	return {
		start: () => relay.start(),
		stop: (graceMs) => relay.stop(graceMs),
		reloadKey: () => relay.reloadKey(),
		health: () => relay.health(),
		metrics: () => relay.metrics(),
	};
}

/**
 * Whether a request ever left decides whether it may be sent again. Other runtimes do not tell as Node does, and what
 * they cannot send would be recorded as perhaps applied.
 */
function refuseOtherRuntimes(): void {
	const other = ["Bun", "Deno"].find((name) => name in globalThis);
	if (other === undefined) return;
	const reason = "it cannot tell there whether a request has left, and so whether it may be sent again";
	throw new OutboxError("unsupported_runtime", `a relay does not run on ${other}: ${reason}`, {
		hint: `run it with Node.js 22.18 or later; emit() works on ${other}`,
	});
}

/** Options and key: what is wrong with either is reported at once. */
async function prepare(options: RelayOptions): Promise<{ checked: CheckedOptions; credentials: Credentials }> {
	const check = checkOptions(options);
	if (check.ok) return { checked: check.options, credentials: await loadCredentials(check.options.rewardApiKey) };
	const problems = [...check.problems];
	if (typeof options?.rewardApiKey === "function") {
		await loadCredentials(options.rewardApiKey).catch((error) => {
			if (error instanceof ConfigurationError) problems.push(...error.problems);
		});
	}
	throw new ConfigurationError(problems, { hint: "the type RelayOptions says what each option may be" });
}
