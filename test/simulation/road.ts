import type { RewardRequest } from "../../src/event/event.ts";
import type { Answer } from "./answers.ts";
import type { Dice } from "./dice.ts";
import type { Receiver, Reception } from "./receiver.ts";
import type { Timeline } from "./timeline.ts";

/** What can be wrong with the way to Reward. */
export type Trouble = "closed" | "slow" | "lost on the way" | "answer lost" | "late";

/** One request under way. */
export interface Passage {
	/** The connection was refused: nothing left. */
	readonly isClosed: boolean;
	/** Once it is back; null: the connection broke before one. */
	readonly answer: Answer | null;
	/** Calls back when the answer is there, or the connection has broken. Neither may ever be. */
	onBack(listener: () => void): void;
}

export interface RoadOptions {
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly receiver: Receiver;
	/** A request has arrived, whoever still waits for its answer. */
	readonly onReception: (request: RewardRequest, reception: Reception) => void;
}

/** The network between a relay and Reward. */
export class Road {
	readonly #options: RoadOptions;
	readonly #troubles = new Map<Trouble, number>();

	constructor(options: RoadOptions) {
		this.#options = options;
	}

	/** Returns a function that ends it. @param share of the requests */
	trouble(kind: Trouble, share: number): () => void {
		this.#troubles.set(kind, share);
		return () => void this.#troubles.delete(kind);
	}

	clearUp(): void {
		this.#troubles.clear();
	}

	enter(request: RewardRequest, authorization: string): Passage {
		const { timeline, dice } = this.#options;
		let back: () => void = () => {};
		const passage = { isClosed: this.#has("closed"), answer: null as Answer | null, onBack };
		function onBack(listener: () => void) {
			back = listener;
		}
		const wayMs = dice.often(0.2, 20);
		if (passage.isClosed) {
			timeline.after(wayMs, () => back());
			return passage;
		}
		if (this.#has("lost on the way")) {
			if (dice.chance(0.5)) timeline.after(wayMs, () => back());
			return passage;
		}
		timeline.after(this.#has("late") ? dice.between(500, 12_000) : wayMs, () => {
			const reception = this.#receive(request, authorization);
			const isLost = this.#has("answer lost");
			if (reception.answer === null || (isLost && dice.chance(0.5))) return;
			if (!isLost) passage.answer = reception.answer;
			timeline.after(this.#has("slow") ? dice.between(100, 5_000) : dice.often(1, 60), () => back());
		});
		return passage;
	}

	#receive(request: RewardRequest, authorization: string): Reception {
		const { receiver, onReception } = this.#options;
		const reception = receiver.receive(request, authorization);
		onReception(request, reception);
		return reception;
	}

	#has(kind: Trouble): boolean {
		const share = this.#troubles.get(kind);
		return share !== undefined && this.#options.dice.chance(share);
	}
}
