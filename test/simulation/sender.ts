import type { RewardRequest } from "../../src/event/event.ts";
import type { Outcome } from "../../src/event/outcome.ts";
import { type ClassifyContext, classify, notSent, unanswered } from "../../src/reward/classify.ts";
import type { Credentials } from "../../src/reward/credentials.ts";
import type { Failure } from "../../src/reward/failure.ts";
import type { Sender } from "../../src/reward/sender.ts";
import type { Process } from "./process.ts";
import type { Passage, Road } from "./road.ts";

const REFUSED: Failure = { code: "ECONNREFUSED", message: "connect ECONNREFUSED" };
const RESET: Failure = { code: "ECONNRESET", message: "read ECONNRESET" };
const DEADLINE: Failure = { code: "deadline", message: "no complete answer before the deadline" };
const STOPPED: Failure = { code: "stopped", message: "the relay was stopped before an answer came" };

export interface SenderOptions {
	readonly process: Process;
	readonly road: Road;
	readonly credentials: Credentials;
	readonly timeoutMs: number;
	/** The request leaves. */
	readonly onSent: (request: RewardRequest) => void;
	/** What it came to. */
	readonly onOutcome: (request: RewardRequest, outcome: Outcome) => void;
}

/** Sends requests over a simulated road; what an answer proves the real classification says. */
export class SimulatedSender implements Sender {
	readonly #options: SenderOptions;
	readonly #context: ClassifyContext;
	readonly #inFlight = new Set<(failure: Failure) => void>();

	constructor(options: SenderOptions) {
		this.#options = options;
		this.#context = { redact: (text) => options.credentials.redact(text), now: () => 0 };
	}

	/** Requests that nobody has heard the end of. */
	get inFlight(): number {
		return this.#inFlight.size;
	}

	send(request: RewardRequest): Promise<Outcome> {
		const { process, road, credentials, onSent } = this.#options;
		if (!process.leave()) return new Promise(() => {});
		const passage = road.enter(request, credentials.authorization);
		if (passage.isClosed) return this.#arrival(request, passage, () => notSent(REFUSED, this.#context));
		onSent(request);
		return this.#arrival(request, passage, (answer) =>
			answer === null ? unanswered(RESET, this.#context) : classify(answer, this.#context),
		);
	}

	async close(): Promise<void> {
		for (const abort of [...this.#inFlight]) abort(STOPPED);
	}

	#arrival(
		request: RewardRequest,
		passage: Passage,
		outcomeOf: (answer: Passage["answer"]) => Outcome,
	): Promise<Outcome> {
		const { process, timeoutMs, onOutcome } = this.#options;
		return new Promise((resolve) => {
			let isOver = false;
			const end = (outcome: Outcome) => {
				if (isOver) return;
				isOver = true;
				cancel();
				this.#inFlight.delete(abort);
				onOutcome(request, outcome);
				resolve(outcome);
			};
			const abort = (failure: Failure) =>
				end(passage.isClosed ? notSent(failure, this.#context) : unanswered(failure, this.#context));
			const cancel = process.clock.after(timeoutMs, () => abort(DEADLINE));
			this.#inFlight.add(abort);
			passage.onBack(() => process.enter(() => end(outcomeOf(passage.answer))));
		});
	}
}
