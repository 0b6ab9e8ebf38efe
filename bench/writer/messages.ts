/** How one event is inserted, as an application would. */
export type Insertion =
	/** One statement, a transaction of its own; `$1` is the user. */
	| { readonly kind: "sql"; readonly text: string }
	/** pg-boss' own `send()`. */
	| { readonly kind: "pg-boss" };

export interface WriterRequest {
	readonly databaseUrl: string;
	readonly insertion: Insertion;
	readonly connections: number;
	/** Events per second, at random moments (exponential gaps), or evenly spaced. */
	readonly rate: number;
	readonly even: boolean;
	readonly firstEvent: number;
	readonly events: number;
}

export type WriterTold = { readonly type: "opened" } | ({ readonly type: "written" } & Written);

export interface Written {
	/** By event, from the first on: when it should have been sent, when it was, when the database had acknowledged it. */
	readonly dueAt: Float64Array;
	readonly sentAt: Float64Array;
	readonly acknowledgedAt: Float64Array;
}
