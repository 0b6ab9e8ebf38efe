// What an application has registered with OpenTelemetry, without loading it: all copies of its API of major version 1
// meet in one global, and key the active span in the same way, so that they can be mixed.

const API = Symbol.for("opentelemetry.js.api.1");
const ACTIVE_SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const VALID = /^(?!0+$)[0-9a-f]+$/;

interface Registered {
	/** A tracer provider, once an SDK is registered. */
	readonly trace?: object;
	readonly context?: { active(): { getValue(key: symbol): unknown } };
}

interface SpanLike {
	spanContext(): {
		readonly traceId: string;
		readonly spanId: string;
		readonly traceFlags: number;
		readonly traceState?: { serialize(): string };
	};
}

/** A trace context in W3C form. */
export interface TraceContext {
	readonly traceparent: string;
	/** Null: none. */
	readonly tracestate: string | null;
}

/** The trace that the caller is part of; null: none. Never throws: a trace must not cost the event. */
export function activeTraceContext(): TraceContext | null {
	const context = registered()?.context;
	if (context === undefined) return null;
	try {
		const span = context.active().getValue(ACTIVE_SPAN) as SpanLike | undefined;
		if (span === undefined) return null;
		const { traceId, spanId, traceFlags, traceState } = span.spanContext();
		if (traceId.length !== 32 || spanId.length !== 16 || !VALID.test(traceId) || !VALID.test(spanId)) return null;
		const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
		return { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate: traceState?.serialize() || null };
	} catch {
		// Whatever is registered there is not what it says it is.
		return null;
	}
}

/** What an SDK has left for everybody; undefined: there is none. */
export function registered(): Registered | undefined {
	return (globalThis as unknown as Record<symbol, Registered | undefined>)[API];
}
