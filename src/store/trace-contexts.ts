import type { Database } from "./database.ts";

/** The trace that the writer of an event was part of. */
export interface WriterTrace {
	readonly eventId: string;
	/** In W3C form. Not checked. */
	readonly traceparent: string;
	readonly tracestate: string | null;
}

const TRACE_CONTEXTS = `
SELECT event_id AS "eventId", traceparent, tracestate FROM reward_outbox.trace_contexts($1)`;

/** Of those events whose writers said so in the metadata. */
export async function readTraceContexts(db: Database, eventIds: readonly string[]): Promise<WriterTrace[]> {
	return (await db.query<WriterTrace>(TRACE_CONTEXTS, [eventIds])).rows;
}
