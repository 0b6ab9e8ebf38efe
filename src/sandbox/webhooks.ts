import { randomBytes } from "node:crypto";
import type { Logger } from "../log.ts";
import type { Application } from "./ledger.ts";

/** The first attempt and the documented 5 retries. */
const MAX_ATTEMPTS = 6;
/** Before the first retry; doubled for each further one: 0.25, 0.5, 1, 2, 4 s. */
const BACKOFF_BASE_MS = 250;
const TIMEOUT_MS = 5_000;
const MAX_IN_FLIGHT = 8;
/** Webhooks that wait, for a slot or for a retry. Beyond that new ones are dropped, and counted. */
const MAX_WAITING = 10_000;
const ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

interface Webhook {
	readonly body: string;
	attempts: number;
}

/** Tells one URL about what was applied, at its own pace: nothing that sends events ever waits for it. */
export class Webhooks {
	readonly #url: string;
	readonly #log: Pick<Logger, "warn"> | null;
	readonly #ready: Webhook[] = [];
	readonly #retries = new Set<NodeJS.Timeout>();
	readonly #stopping = new AbortController();
	#inFlight = 0;
	#dropped = 0;

	constructor(url: URL, log: Pick<Logger, "warn"> | null) {
		this.#url = url.href;
		this.#log = log;
	}

	/** Webhooks given up: the queue was full, or all attempts failed. */
	get dropped(): number {
		return this.#dropped;
	}

	announce(application: Application, value: number | undefined): void {
		if (this.#ready.length + this.#retries.size >= MAX_WAITING) {
			this.#drop("the queue is full");
			return;
		}
		this.#ready.push({ body: describe(application, value), attempts: 0 });
		this.#next();
	}

	/** Forgets what waits and aborts what is in flight. */
	stop(): void {
		this.#stopping.abort();
		this.#ready.length = 0;
		for (const timer of this.#retries) clearTimeout(timer);
		this.#retries.clear();
	}

	#next(): void {
		while (this.#inFlight < MAX_IN_FLIGHT && !this.#stopping.signal.aborted) {
			const webhook = this.#ready.shift();
			if (webhook === undefined) return;
			this.#inFlight++;
			void this.#deliver(webhook).finally(() => {
				this.#inFlight--;
				this.#next();
			});
		}
	}

	async #deliver(webhook: Webhook): Promise<void> {
		webhook.attempts++;
		const failure = await this.#post(webhook.body);
		if (failure === null || this.#stopping.signal.aborted) return;
		if (webhook.attempts >= MAX_ATTEMPTS) this.#drop(failure);
		else this.#retryLater(webhook);
	}

	/** Null when it was acknowledged. */
	async #post(body: string): Promise<string | null> {
		try {
			const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
			const headers = { "content-type": "application/json" };
			const response = await fetch(this.#url, { method: "POST", headers, body, signal, redirect: "manual" });
			await response.body?.cancel();
			return response.ok ? null : `HTTP ${response.status}`;
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
	}

	#retryLater(webhook: Webhook): void {
		const timer = setTimeout(
			() => {
				this.#retries.delete(timer);
				this.#ready.push(webhook);
				this.#next();
			},
			BACKOFF_BASE_MS * 2 ** (webhook.attempts - 1),
		);
		this.#retries.add(timer);
	}

	#drop(reason: string): void {
		this.#dropped++;
		this.#log?.warn({ reason, dropped: this.#dropped }, "sandbox webhook given up");
	}
}

/** The body, in the documented form. */
function describe({ triggerId, userId, receivedAt }: Application, value: number | undefined): string {
	const data = { user: { id: userId }, value, trigger: { id: triggerId } };
	return JSON.stringify({ id: webhookId(), type: "trigger_event.created", time: receivedAt, data });
}

/** Looks like the documented ones: 26 characters after the prefix. */
function webhookId(): string {
	return `we_${Array.from(randomBytes(26), (byte) => ID_ALPHABET[byte % 32]).join("")}`;
}
