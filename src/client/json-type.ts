import type { Decimal, DecimalLike } from "./decimal.ts";

/** What a payload's number may be. */
export type JsonNumber = number | Decimal | DecimalLike;

type Refused =
	| undefined
	| bigint
	| symbol
	| Date
	| RegExp
	| Error
	| ReadonlyMap<unknown, unknown>
	| ReadonlySet<unknown>
	| PromiseLike<unknown>
	| ArrayBuffer
	| ArrayBufferView
	| ((...args: never) => unknown);

/**
 * `Value` where it can be written as JSON, and `never` in its place where it cannot: so that the compiler refuses what
 * would be refused when the program runs. What is unknown to the compiler is left to the run time.
 */
export type JsonOf<Value> = unknown extends Value
	? Value
	: Value extends string | boolean | null | JsonNumber
		? Value
		: Value extends Refused
			? never
			: Value extends readonly (infer Item)[]
				? readonly JsonOf<Item>[]
				: Value extends object
					? { readonly [Key in keyof Value]: JsonOf<Value[Key]> }
					: never;

/** An object that can be written as JSON. */
export type JsonObjectOf<Value extends object> = Value extends readonly unknown[] | Refused ? never : JsonOf<Value>;

/** The same with the rule that Reward has for one of its fields. */
export type PayloadOf<Value extends object> = Value &
	JsonObjectOf<Value> &
	("value" extends keyof Value ? { readonly value?: JsonNumber } : unknown);
