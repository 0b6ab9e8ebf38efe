import {
	type Context,
	context,
	createContextKey,
	ROOT_CONTEXT,
	type SpanContext,
	SpanKind,
	SpanStatusCode,
	type Tracer,
	trace,
} from "@opentelemetry/api";
import type { Sender } from "../reward/sender.ts";
import type { Claim, ClaimedEvent } from "../store/claim.ts";
import type { RelayStore } from "../store/relay-store.ts";
import type { Settlement } from "../store/settle.ts";
import type { WriterTrace } from "../store/trace-contexts.ts";
import { eventAttributes, outcomeAttributes, requestAttributes, SEND_SPAN } from "./attributes.ts";
import { writerContext } from "./writer-context.ts";

export interface Traceable {
	readonly store: RelayStore;
	readonly sender: Sender;
	/** The writers' traces of these events. Only asked here: a relay without tracing does not pay for it. */
	readonly readWriters: (eventIds: readonly string[]) => Promise<WriterTrace[]>;
	/** Of the API. */
	readonly origin: URL;
	/** Of reward-outbox. */
	readonly version: string;
}

/** First attempts remembered for the links of their retries. */
const MOST_FIRST_ATTEMPTS = 10_000;

/**
 * Instrumentation of HTTP clients stays out of the request: it would add its own span, and a `traceparent` header that
 * Reward does not document. The key is the one that the SDK looks for.
 */
const UNINSTRUMENTED = ROOT_CONTEXT.setValue(createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING"), true);

interface Traced {
	/** Whose child every span of the attempt is: the writer's span, or the claim's where the writer had none. */
	readonly parent: Context;
	sent?: SpanContext;
	settlingSince?: number;
}

/**
 * The same store and sender, with a span for each claim, request and settlement of an event. Called once, at the start.
 */
export function traceRelay(traceable: Traceable): Pick<Traceable, "store" | "sender"> {
	return new RelayTracing(traceable).traced;
}

class RelayTracing {
	readonly #to: Traceable;
	readonly #tracer: Tracer;
	/** By the claimed event itself, which is handed from claim to settlement: what is given up is forgotten with it. */
	readonly #attempts = new WeakMap<object, Traced>();
	readonly #firsts = new Map<string, SpanContext>();

	constructor(traceable: Traceable) {
		this.#to = traceable;
		this.#tracer = trace.getTracer("reward-outbox", traceable.version);
	}

	get traced(): Pick<Traceable, "store" | "sender"> {
		const { store, sender } = this.#to;
		return {
			store: {
				...store,
				claim: (request) => this.#claim(() => store.claim(request)),
				settleAccepted: (relayNo, batch, done) => this.#settle(batch, () => store.settleAccepted(relayNo, batch, done)),
				settleFailed: (batch, done) => this.#settle(batch, () => store.settleFailed(batch, done)),
			},
			sender: { send: (event) => this.#send(event as ClaimedEvent), close: () => sender.close() },
		};
	}

	async #claim(claim: () => Promise<Claim>): Promise<Claim> {
		const startTime = epochMs();
		const claimed = await claim();
		if (claimed.events.length === 0) return claimed;
		const endTime = epochMs();
		// Without the writers' traces there are still ours.
		const writers = await this.#to.readWriters(claimed.events.map(({ eventId }) => eventId)).catch(() => []);
		const parents = new Map(writers.map((writer) => [writer.eventId, writerContext(writer)]));
		for (const event of claimed.events) {
			const writer = parents.get(event.eventId);
			const attributes = { ...eventAttributes(event), "reward_outbox.age_ms": Math.round(event.ageMs) };
			const span = this.#tracer.startSpan("reward_outbox claim", { startTime, attributes }, writer ?? ROOT_CONTEXT);
			span.end(endTime);
			this.#attempts.set(event, { parent: writer ?? trace.setSpan(ROOT_CONTEXT, span) });
		}
		return claimed;
	}

	async #send(event: ClaimedEvent): ReturnType<Sender["send"]> {
		const { sender, origin } = this.#to;
		const attempt = this.#attempts.get(event);
		const first = this.#firsts.get(event.eventId);
		const span = this.#tracer.startSpan(
			SEND_SPAN,
			{
				kind: SpanKind.CLIENT,
				attributes: requestAttributes(origin, event),
				links: first === undefined ? [] : [{ context: first, attributes: { "reward_outbox.link": "first_attempt" } }],
			},
			attempt?.parent ?? ROOT_CONTEXT,
		);
		if (attempt !== undefined) attempt.sent = span.spanContext();
		const outcome = await context.with(UNINSTRUMENTED, () => sender.send(event));
		span.setAttributes(outcomeAttributes(outcome));
		if (outcome.class !== "accepted")
			span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.errorMessage ?? outcome.class });
		span.end();
		return outcome;
	}

	async #settle<T>(batch: readonly Settlement[], settle: () => Promise<T>): Promise<T> {
		const startedAt = epochMs();
		// A statement that fails is repeated: it began with the first one.
		for (const { event } of batch) {
			const attempt = this.#attempts.get(event);
			if (attempt !== undefined) attempt.settlingSince ??= startedAt;
		}
		const result = await settle();
		const endTime = epochMs();
		for (const settlement of batch) this.#settled(settlement, endTime);
		return result;
	}

	#settled({ event, decision }: Settlement, endTime: number): void {
		const attempt = this.#attempts.get(event);
		if (decision.next !== "pending") this.#firsts.delete(event.eventId);
		if (attempt === undefined) return;
		const attributes = {
			...eventAttributes(event as ClaimedEvent),
			"reward_outbox.next": decision.next,
			...(decision.next === "pending" ? { "reward_outbox.delay_ms": Math.round(decision.delayMs) } : {}),
		};
		const startTime = attempt.settlingSince ?? endTime;
		this.#tracer.startSpan("reward_outbox settle", { startTime, attributes }, attempt.parent).end(endTime);
		if (decision.next === "pending" && attempt.sent !== undefined) this.#remember(event.eventId, attempt.sent);
	}

	#remember(eventId: string, first: SpanContext): void {
		if (this.#firsts.has(eventId)) return;
		this.#firsts.set(eventId, first);
		if (this.#firsts.size <= MOST_FIRST_ATTEMPTS) return;
		const [oldest] = this.#firsts.keys();
		if (oldest !== undefined) this.#firsts.delete(oldest);
	}
}

function epochMs(): number {
	return performance.timeOrigin + performance.now();
}
