/** A value as its reader gets it: what JSON makes of it. A time is text there. */
export type Wire<T> = T extends Date
	? string
	: T extends readonly (infer Element)[]
		? Wire<Element>[]
		: T extends object
			? { -readonly [Key in keyof T]: Wire<T[Key]> }
			: T;

/**
 * The value, as the type that its reader gets: so the compiler checks answers against the schemas that promise them.
 */
export function wire<T>(value: T): Wire<T> {
	return value as unknown as Wire<T>;
}

/** An answer as JSON text. Not by its schema: that would round numbers which are kept as they were written. */
export function answerText(answer: unknown): string {
	return JSON.stringify(answer);
}
