import { InvalidEventError } from "./errors.ts";
import { hasMethods } from "./has-methods.ts";
import { nameOfKind } from "./identifier.ts";

/** The same in every copy of this package. */
const TEXT = Symbol.for("reward-outbox.decimal");
const PLAIN = /^(-?)(0|[1-9]\d*)(\.\d+)?$/;
/** What PostgreSQL's numeric holds behind the point. */
const MAX_FRACTION = 16_383;

/** A number for a payload, written digit by digit as it is. Made by {@link decimal}. */
export interface Decimal {
	readonly [TEXT]: string;
	toString(): string;
}

/** A number of decimal.js (also Prisma's), big.js or bignumber.js: what is common to them, and to nothing else. */
export interface DecimalLike {
	toFixed(): string;
	toExponential(): string;
	toPrecision(): string;
	plus(other: never): unknown;
}

/**
 * An exact number for `payload` or `metadata`, from a column of type numeric, say, which drivers hand out as text: it
 * reaches Reward digit by digit, trailing zeros included.
 *
 * @param value digits with or without a point (`"19.90"`, `-3n`), or a number of decimal.js, big.js or bignumber.js
 * @throws InvalidEventError when it is anything else: an exponent, a sign `+`, blanks, NaN
 */
export function decimal(value: string | bigint | DecimalLike): Decimal {
	const text = isDecimalLike(value) ? value.toFixed() : typeof value === "bigint" ? String(value) : value;
	const checked = plainText("decimal", text);
	return Object.freeze({ [TEXT]: checked, toString: () => checked });
}

/**
 * The digits of a value that is an exact number; null when it is none. Calls nothing but `toFixed` of a number's own
 * library.
 */
export function decimalText(field: string, value: object): string | null {
	if (TEXT in value) return plainText(field, value[TEXT]);
	return isDecimalLike(value) ? plainText(field, value.toFixed()) : null;
}

function isDecimalLike(value: unknown): value is DecimalLike {
	return (
		typeof value === "object" &&
		value !== null &&
		// An object literal with such functions in it is no number.
		!Object.hasOwn(value, "toFixed") &&
		hasMethods(value, "toFixed", "toExponential", "toPrecision", "plus")
	);
}

/** As PostgreSQL prints it: there is no minus zero. */
function plainText(field: string, text: unknown): string {
	if (typeof text !== "string") throw new InvalidEventError(field, "type", `must be digits, got ${nameOfKind(text)}`);
	const match = PLAIN.exec(text);
	if (match === null) {
		const rule = /^-?(?:NaN|Infinity)$/.test(text) ? "not_finite" : "type";
		throw new InvalidEventError(field, rule, "must be digits, with or without a point, such as 19.90");
	}
	const [, sign, whole, fraction = ""] = match;
	if (fraction.length - 1 > MAX_FRACTION) {
		throw new InvalidEventError(field, "too_large", `must have at most ${MAX_FRACTION} digits behind the point`);
	}
	return sign === "-" && /^[0.]*$/.test(`${whole}${fraction}`) ? `${whole}${fraction}` : text;
}
