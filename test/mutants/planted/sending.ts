import type { Mutant } from "../mutant.ts";

const CLASSIFY = "src/reward/classify.ts";
const EXCHANGE = "src/reward/exchange.ts";
const SENDER = "src/reward/undici-sender.ts";

/** One request, and what its answer is taken for. */
export const SENDING: readonly Mutant[] = [
	{
		name: "failing-body-accepted",
		invariant: "I9",
		breaks: "a 200 that says it failed counts as delivered",
		file: CLASSIFY,
		edits: [["if (saysFailure(body, response.status === MULTI_STATUS))", "if (false as boolean)"]],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "cut-off-answer-accepted",
		invariant: "I9",
		breaks: "a 200 whose rest never came counts as delivered",
		file: CLASSIFY,
		edits: [["if (response.failure !== null) return incomplete(response, response.failure, context);", ""]],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "page-accepted",
		invariant: "I9",
		breaks: "a 200 with a page of a proxy counts as delivered",
		file: CLASSIFY,
		edits: [
			[
				"if (body === null) return doubt(",
				"if (body === null) return accepted(response, context); if (body === null) return doubt(",
			],
		],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "empty-end-accepted",
		invariant: "I9",
		breaks: "a connection that ends after the headers counts as delivered",
		file: CLASSIFY,
		edits: [
			["if (!endsWithConnection(response)) return accepted(response, context);", "return accepted(response, context);"],
		],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "said-twice-accepted",
		invariant: "I9",
		breaks: "a body that says success and failure under one name counts as delivered",
		file: CLASSIFY,
		edits: [["if (hasDuplicateNames(text))", "if (false as boolean)"]],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "server-error-refuses",
		invariant: "I9",
		breaks: "a 500 counts as certainly not applied",
		file: CLASSIFY,
		edits: [['[422, "event"],', '[422, "event"], [500, "event"],']],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "refusal-that-says-success",
		invariant: "I9",
		breaks: "a 409 whose body says that the event was applied counts as not applied",
		file: CLASSIFY,
		edits: [["if (body !== null && saysSuccess(body)) {", "if (false as boolean) {"]],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "firewall-pauses-all",
		invariant: "I12",
		breaks: "one payload that a firewall dislikes counts as a wrong key",
		file: CLASSIFY,
		edits: [['[403, "unexplained"],', '[403, "configuration"],']],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "sent-counts-as-not-sent",
		invariant: "I3",
		breaks: "a request that was cut off counts as never sent",
		file: EXCHANGE,
		edits: [
			[
				"if (this.#controller === null) return notSent(failure, this.#context);",
				"if (this.#status === 0) return notSent(failure, this.#context);",
			],
		],
		tests: ["reward/faults.test.ts"],
	},
	{
		name: "second-start-let-through",
		invariant: "I3",
		breaks: "the layer below sends a request a second time",
		file: EXCHANGE,
		edits: [["if (this.#controller !== null) { this.#settle(unanswered(RESENT, this.#context)); throw STOP; }", ""]],
		tests: ["reward/exchange.test.ts"],
	},
	{
		name: "expired-in-the-queue-sent",
		invariant: "I3",
		breaks: "after a freeze a request begins whose deadline has passed",
		file: EXCHANGE,
		edits: [
			["if (!this.#settled && this.#controller === null && performance.now() >= this.deadlineAt) this.expire();", ""],
		],
		tests: ["reward/exchange.test.ts"],
	},
	{
		name: "unasked-answer-taken",
		invariant: "I9",
		breaks: "an answer with another one behind it counts as the answer to this request",
		file: EXCHANGE,
		edits: [["this.#context.breaches() === before ? outcome : unsolicited(outcome)", "outcome"]],
		tests: ["reward/leftovers.test.ts"],
	},
	{
		name: "no-total-deadline",
		invariant: "I8",
		breaks: "an answer that drips for ever is read for ever",
		file: SENDER,
		edits: [["this.#deadlines = new DeadlineQueue(timeoutMs);", "this.#deadlines = new DeadlineQueue(2 ** 30);"]],
		tests: ["reward/limits.test.ts"],
	},
	{
		name: "answer-without-end",
		invariant: "I8",
		breaks: "an endless body is kept in memory",
		file: EXCHANGE,
		edits: [
			[
				"if (length > MAX_RESPONSE_BYTES) this.#giveUp(TOO_LARGE); else this.#append(chunk, length);",
				"this.#append(chunk, length);",
			],
		],
		tests: ["reward/exchange.test.ts"],
	},
	{
		name: "inflated-without-end",
		invariant: "I8",
		breaks: "a small coded body becomes a large one",
		file: "src/reward/content-coding.ts",
		edits: [["maxOutputLength: mostBytes, info: true", "info: true"]],
		tests: ["reward/classify.test.ts"],
	},
	{
		name: "redirect-followed",
		invariant: "I3",
		breaks: "a redirect is followed: the request is sent a second time",
		file: SENDER,
		edits: [
			[
				"watched?.onAnswered(); resolve(outcome);",
				'watched?.onAnswered(); if (outcome.errorCode !== "redirect" || request.eventId === "again") resolve(outcome); else void this.#send({ ...request, eventId: "again" }, credentials, context, onExchange).then(resolve);',
			],
		],
		tests: ["reward/faults.test.ts"],
	},
	{
		name: "leftovers-used-again",
		invariant: "I9",
		breaks: "a connection of an untried receiver carries a second request",
		file: SENDER,
		edits: [["const reset = watched === null && !this.#reuse.isEarned;", "const reset = false;"]],
		tests: ["reward/leftovers.test.ts"],
	},
	{
		name: "id-made-anew",
		invariant: "I3",
		breaks: "each attempt has another Idempotency-Key",
		file: SENDER,
		edits: [["this.#headers(request.eventId, credentials)", "this.#headers(crypto.randomUUID(), credentials)"]],
		tests: ["reward/wire.test.ts", "relay/outcomes.test.ts"],
	},
	{
		name: "id-as-it-stands-in-the-path",
		invariant: "I2",
		breaks: "an id with a slash in it pays out to somebody else",
		file: "src/reward/path.ts",
		edits: [["encodeURIComponent(id)", "encodeURI(id)"]],
		tests: ["reward/path.test.ts"],
	},
	{
		name: "dots-in-the-path",
		invariant: "I2",
		breaks: "an id of two dots leads elsewhere",
		file: "src/identifier.ts",
		edits: [['isKey(text) && text !== "." && text !== ".." &&', "isKey(text) &&"]],
		tests: ["reward/path.test.ts"],
	},
	{
		name: "waits-as-long-as-it-is-told",
		invariant: "I8",
		breaks: "a receiver parks the backlog for a year",
		file: "src/reward/retry-after.ts",
		edits: [["Math.min(Math.max(durationMs, 0), MAX_RETRY_AFTER_MS)", "Math.max(durationMs, 0)"]],
		tests: ["reward/retry-after.test.ts"],
	},
	{
		name: "key-in-an-error-message",
		invariant: "I11",
		breaks: "a receiver that repeats the key has it put on record and into the log",
		file: "src/reward/response-body.ts",
		edits: [["redactedStart(text.slice(0, LOOKED_AT), text.length > LOOKED_AT, redact)", "text.slice(0, LOOKED_AT)"]],
		tests: ["reward/evidence.test.ts"],
	},
	{
		name: "key-in-a-kept-answer",
		invariant: "I11",
		breaks: "a receiver that repeats the key has it put on record",
		file: "src/reward/response-body.ts",
		edits: [
			[
				'const text = redactedStart(bytes.toString("utf8", 0, LOOKED_AT), bytes.length > LOOKED_AT, redact);',
				'const text = bytes.toString("utf8");',
			],
		],
		tests: ["reward/evidence.test.ts"],
	},
	{
		name: "key-when-inspected",
		invariant: "I11",
		breaks: "whoever prints the credentials prints the key",
		file: "src/reward/credentials.ts",
		edits: [
			[
				'[Symbol.for("nodejs.util.inspect.custom")](): string {',
				'[Symbol.for("nodejs.util.inspect.custom")](): string { return this.#key;',
			],
		],
		tests: ["reward/credentials.test.ts"],
	},
	{
		name: "old-key-forgotten",
		invariant: "I11",
		breaks: "a late answer that repeats the key before has it put on record",
		file: "src/reward/credentials.ts",
		edits: [["if (key.length < 4) return;", "if (key.length < 4) return; this.#spellings.clear();"]],
		tests: ["reward/credentials.test.ts"],
	},
];
