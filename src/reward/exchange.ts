import type { Dispatcher } from "undici";
import type { Accepted, Outcome } from "../event/outcome.ts";
import {
	type ClassifyContext,
	classify,
	MAX_RESPONSE_BYTES,
	notSent,
	type ResponseHeaders,
	unanswered,
	unsolicited,
} from "./classify.ts";
import type { DeadlineQueue, Timed } from "./deadlines.ts";
import { type Failure, failureOf } from "./failure.ts";

const NO_HEADERS: ResponseHeaders = Object.freeze({});
const NO_BODY = Buffer.alloc(0);
const DEADLINE: Failure = { code: "deadline", message: "no complete answer before the deadline" };
const DEADLINE_WAITING: Failure = { code: "deadline", message: "no connection to send on before the deadline" };
const TOO_LARGE: Failure = { code: "response_too_large", message: `the body exceeds ${MAX_RESPONSE_BYTES} bytes` };
const STOPPED: Failure = { code: "stopped", message: "the relay was stopped before an answer came" };
const RESENT: Failure = { code: "resend_prevented", message: "the connection failed and a second send was stopped" };
/** Made once: the stack of an error that only stops the layer below says nothing. */
const STOP = new Error("stopped by the sender");

/** What all exchanges of one sender share. */
export interface ExchangeContext extends ClassifyContext {
	readonly deadlines: DeadlineQueue;
	/** Times that the receiver said something unasked. */
	breaches(): number;
}

/**
 * One request on its way through undici, from the queue to its outcome. `onRequestStart` is the watershed: undici calls
 * it immediately before it hands the first byte to the socket, so before it nothing was sent, and after it nobody
 * knows.
 */
export class Exchange implements Dispatcher.DispatchHandler, Timed {
	deadlineAt = 0;
	earlier: Timed | null = null;
	later: Timed | null = null;

	readonly #context: ExchangeContext;
	readonly #resolve: (outcome: Outcome) => void;
	#controller: Dispatcher.DispatchController | null = null;
	#settled = false;
	/** 0 until a final response has begun. */
	#status = 0;
	/** The latest that was not final; 0: none. */
	#interimStatus = 0;
	#headers: ResponseHeaders = NO_HEADERS;
	#body: Buffer = NO_BODY;
	#bodyLength = 0;

	constructor(context: ExchangeContext, resolve: (outcome: Outcome) => void) {
		this.#context = context;
		this.#resolve = resolve;
		context.deadlines.add(this);
	}

	/** Throwing here makes undici drop the request before a byte of it is written, and keeps the connection. */
	onRequestStart(controller: Dispatcher.DispatchController): void {
		// After a freeze a connection may open before the timer of the deadline has fired.
		if (!this.#settled && this.#controller === null && performance.now() >= this.deadlineAt) this.expire();
		if (this.#settled) throw STOP;
		if (this.#controller !== null) {
			this.#settle(unanswered(RESENT, this.#context));
			throw STOP;
		}
		this.#controller = controller;
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
		// An interim response (103, 102) announces the final one.
		if (status < 200) {
			this.#interimStatus = status;
			return;
		}
		this.#status = status;
		this.#headers = headers;
		if (Number(headers["content-length"] ?? 0) > MAX_RESPONSE_BYTES) this.#giveUp(TOO_LARGE);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		const length = this.#bodyLength + chunk.length;
		if (length > MAX_RESPONSE_BYTES) this.#giveUp(TOO_LARGE);
		else this.#append(chunk, length);
	}

	/**
	 * What came with the answer and after it is read in the same turn, and may say that the answer was not meant for this
	 * request.
	 */
	onResponseEnd(): void {
		const outcome = this.#classify(null);
		if (outcome.class === "accepted" && !this.#settled) this.#acceptSoon(outcome);
		else this.#settle(outcome);
	}

	/** A connection that was broken off is known to be so after the next turn's close callbacks. */
	#acceptSoon(outcome: Accepted): void {
		this.#settled = true;
		this.#context.deadlines.remove(this);
		const before = this.#context.breaches();
		const resolve = () => this.#resolve(this.#context.breaches() === before ? outcome : unsolicited(outcome));
		setImmediate(() => setImmediate(resolve));
	}

	/** Also the end of every abort; then the outcome is known already. */
	onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
		if (!this.#settled) this.#settle(this.#failed(failureOf(error)));
	}

	expire(): void {
		this.#giveUp(this.#controller === null ? DEADLINE_WAITING : DEADLINE);
	}

	/** Nobody waits for it any more. */
	abandon(): void {
		this.#giveUp(STOPPED);
	}

	#giveUp(failure: Failure): void {
		this.#settle(this.#failed(failure));
		this.#controller?.abort(STOP);
	}

	#failed(failure: Failure): Outcome {
		if (this.#controller === null) return notSent(failure, this.#context);
		if (this.#status > 0) return this.#classify(failure);
		return unanswered(failure, this.#context, this.#interimStatus || null);
	}

	#classify(failure: Failure | null): Outcome {
		const body = this.#body.length === this.#bodyLength ? this.#body : this.#body.subarray(0, this.#bodyLength);
		return classify({ status: this.#status, headers: this.#headers, body, failure }, this.#context);
	}

	#settle(outcome: Outcome): void {
		if (this.#settled) return;
		this.#settled = true;
		this.#context.deadlines.remove(this);
		this.#resolve(outcome);
	}

	/**
	 * One chunk, the usual case, is kept as it is. More are copied into one buffer: a body that drips byte by byte must
	 * not cost an object for each of them.
	 */
	#append(chunk: Buffer, length: number): void {
		if (this.#bodyLength === 0) {
			this.#body = chunk;
		} else {
			if (this.#body.length < length) this.#body = grown(this.#body, this.#bodyLength, length);
			chunk.copy(this.#body, this.#bodyLength);
		}
		this.#bodyLength = length;
	}
}

function grown(body: Buffer, used: number, needed: number): Buffer {
	const larger = Buffer.alloc(Math.min(MAX_RESPONSE_BYTES, Math.max(needed, body.length * 2, 1024)));
	body.copy(larger, 0, 0, used);
	return larger;
}
