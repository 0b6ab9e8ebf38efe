import type { Reply, ScriptedRequest } from "../support/scripted-reward.ts";

/** Holds requests back until a test says what becomes of them. Nothing is applied before that. */
export class Gate {
	readonly held: ScriptedRequest[] = [];
	readonly #releases: ((reply: (request: ScriptedRequest) => Reply) => void)[] = [];

	/** For `ScriptedReward.respond`. */
	readonly script = (request: ScriptedRequest): Promise<Reply> => {
		this.held.push(request);
		return new Promise((resolve) => this.#releases.push((reply) => resolve(reply(request))));
	};

	/** Answers everything that is held. What comes later is held again. */
	release(reply: (request: ScriptedRequest) => Reply): void {
		for (const release of this.#releases.splice(0)) release(reply);
	}
}
