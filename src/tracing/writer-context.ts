import { type Context, createTraceState, isSpanContextValid, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { WriterTrace } from "../store/trace-contexts.ts";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context whose active span is the writer's; undefined when what was written is no such thing. */
export function writerContext({ traceparent, tracestate }: Omit<WriterTrace, "eventId">): Context | undefined {
	const [, version, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent) ?? [];
	const spanContext = {
		traceId,
		spanId,
		traceFlags: Number.parseInt(flags, 16),
		isRemote: true,
		...(tracestate === null ? {} : { traceState: createTraceState(tracestate) }),
	};
	// Version ff is invalid by the standard; later ones begin like version 00.
	if (version === undefined || version === "ff" || !isSpanContextValid(spanContext)) return undefined;
	return trace.setSpanContext(ROOT_CONTEXT, spanContext);
}
