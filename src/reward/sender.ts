import type { RewardRequest } from "../event/event.ts";
import type { Outcome } from "../event/outcome.ts";

/** Posts events to Reward. One call is one request on the wire at most: nothing below it resends. */
export interface Sender {
	/** Never rejects: every failure is an {@link Outcome}. Settles within the request deadline. */
	send(request: RewardRequest): Promise<Outcome>;
	/** Closes idle connections and aborts what is still in flight (those become `ambiguous`). */
	close(): Promise<void>;
}
