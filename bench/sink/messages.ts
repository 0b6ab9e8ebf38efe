export type SinkRequest =
	/** Forget what arrived; events are numbered from 0 to `expected` - 1. `mark`: tell when that many have arrived. */
	| {
			readonly type: "reset";
			readonly expected: number;
			readonly latencyMs: number;
			readonly mark: number;
			readonly status: 200 | 401;
	  }
	| { readonly type: "collect" };

export type SinkTold =
	| { readonly type: "listening"; readonly port: number }
	| { readonly type: "ready" }
	| { readonly type: "marked" | "complete"; readonly at: number }
	| ({ readonly type: "arrivals" } & Arrivals);

export interface Arrivals {
	/** By event number: when it arrived first; NaN: it did not. */
	readonly arrivedAt: Float64Array;
	/** Different events. */
	readonly count: number;
	/** Requests for an event that had arrived already. */
	readonly repeated: number;
	/** Requests that name no expected event. */
	readonly stray: number;
}
