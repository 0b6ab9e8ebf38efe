import { activeTraceContext } from "./open-telemetry.ts";

const MAX_BYTES = 65_536;
const MAX_TRACESTATE = 512;

/**
 * Metadata with the trace that the caller is part of, so that the relay can go on with it. What has a `traceparent` of
 * its own keeps it, whatever it is: null switches this off.
 *
 * @param text the metadata as JSON text; null: none
 * @param metadata what the text was made from
 */
export function withTrace(text: string | null, metadata: unknown): string | null {
	const context = activeTraceContext();
	if (context === null || (typeof metadata === "object" && metadata !== null && Object.hasOwn(metadata, "traceparent")))
		return text;
	const { traceparent, tracestate } = context;
	const members = [`"traceparent": ${JSON.stringify(traceparent)}`];
	if (tracestate !== null && tracestate.length <= MAX_TRACESTATE)
		members.push(`"tracestate": ${JSON.stringify(tracestate)}`);
	const inside = text === null ? "" : text.slice(1, -1);
	const traced = `{${[...(inside === "" ? [] : [inside]), ...members].join(", ")}}`;
	// Where the metadata has no room for it, the event matters more.
	return Buffer.byteLength(traced) > MAX_BYTES ? text : traced;
}
