import { registered } from "../client/open-telemetry.ts";
import type { traceRelay } from "../tracing/trace-relay.ts";

/** Puts spans around the store and the sender. */
export type TraceRelay = typeof traceRelay;

/** Nothing is traced: store and sender as they are. */
const untraced: TraceRelay = ({ store, sender }) => ({ store, sender });

/** Whether spans would go anywhere. */
export function isTracingRegistered(): boolean {
	return registered()?.trace !== undefined;
}

/** Without an OpenTelemetry SDK there is nothing of it: not a module, not an object. */
export async function loadTracing(): Promise<TraceRelay> {
	return isTracingRegistered() ? (await import("../tracing/trace-relay.ts")).traceRelay : untraced;
}
