import type { Weather } from "./answers.ts";
import type { Mishap } from "./link.ts";
import type { Trouble } from "./road.ts";

/** An event that an application writes. */
export interface WrittenEvent {
	/** Numbers the events of a story. */
	readonly no: number;
	readonly trigger: string;
	readonly user: string;
	readonly key: string | null;
	/** Not before so many milliseconds have passed; null: at once. */
	readonly afterMs: number | null;
}

/** A trigger with a policy of its own. */
export interface StoryTrigger {
	readonly id: string;
	readonly atMostOnce: boolean;
	readonly maxAttempts: number | null;
	readonly maxInFlight: number | null;
	readonly ratePerSecond: number | null;
}

/** What a person does to an event or a trigger. */
export type OperatorAction = "retry" | "retry anyway" | "cancel" | "resolve" | "pause" | "resume";

/** Something that happens from outside, at a time. */
export type Scene = { readonly at: number } & (
	| {
			readonly does: "write";
			readonly events: readonly WrittenEvent[];
			/** Between the inserts and the end of the transaction. */
			readonly holdMs: number;
			readonly commits: boolean;
	  }
	/** The relay ends in the middle of what it does, after so many more things that others notice. */
	| { readonly does: "crash"; readonly relay: number; readonly afterCalls: number; readonly downMs: number }
	| { readonly does: "stop"; readonly relay: number; readonly graceMs: number; readonly downMs: number }
	| {
			readonly does: "freeze";
			readonly relay: number;
			readonly afterCalls: number;
			readonly ms: number;
			readonly withClock: boolean;
	  }
	| { readonly does: "cut"; readonly relay: number; readonly ms: number }
	| { readonly does: "slow link"; readonly relay: number; readonly ms: number; readonly times: number }
	| { readonly does: "mishaps"; readonly relay: number; readonly mishaps: readonly Mishap[] }
	| { readonly does: "lose notifications"; readonly relay: number; readonly count: number }
	| { readonly does: "break listener"; readonly relay: number }
	| { readonly does: "restart database"; readonly downMs: number }
	/** A session stands still while it has the turn to claim. */
	| { readonly does: "hang in a claim"; readonly ms: number }
	/** The database's wall clock is set. */
	| { readonly does: "set clock"; readonly byMs: number }
	| {
			readonly does: "weather";
			readonly weather: Weather;
			readonly trigger: string | null;
			readonly share: number;
			readonly ms: number;
	  }
	| { readonly does: "trouble"; readonly trouble: Trouble; readonly share: number; readonly ms: number }
	/** Reward takes another key from now on; the file with it changes so much later, or before if that is negative. */
	| { readonly does: "rotate key"; readonly fileMs: number }
	| { readonly does: "operate"; readonly action: OperatorAction; readonly event: number; readonly trigger: string }
);

export type Does = Scene["does"];

/** Everything that a run depends on: the same story is the same run. */
export interface Story {
	/** Of what the story does not say: how long ways take, whom a fault meets. */
	readonly seed: number;
	readonly relays: number;
	readonly concurrency: number;
	readonly requestTimeoutMs: number;
	readonly leaseMs: number;
	readonly pollIntervalMs: number;
	readonly maxAttempts: number;
	readonly backoffBaseMs: number;
	readonly backoffCapMs: number;
	readonly triggers: readonly StoryTrigger[];
	/** In any order. */
	readonly scenes: readonly Scene[];
}
