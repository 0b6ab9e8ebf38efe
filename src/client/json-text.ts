import { decimalText } from "./decimal.ts";
import { type EventRule, InvalidEventError } from "./errors.ts";
import { checkStorable, isStorable, nameOfKind } from "./identifier.ts";

const MAX_BYTES = 65_536;
const MAX_DEPTH = 64;
const MAX_SHOWN_KEY = 40;

/**
 * JSON text of a plain object, exactly as long as PostgreSQL will print it: `", "` and `": "` between the parts,
 * numbers without exponent. That is how the size limit can be checked here and mean what it means there (only the order
 * of keys differs). Unlike JSON.stringify it drops, converts and calls nothing: every property is read once and either
 * kept or refused.
 *
 * @param numericKey a top-level property that has to be a number if it is there; default: none.
 * @throws InvalidEventError with the path of the first value that is not JSON.
 */
export function jsonText(field: string, value: unknown, numericKey?: string): string {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new InvalidEventError(field, "type", `must be a plain object, got ${nameOfKind(value)}`);
	}
	const writer = new JsonWriter(field, numericKey);
	try {
		writer.container(value);
	} catch (cause) {
		if (cause instanceof InvalidEventError) throw cause;
		// A getter or a Proxy of the caller's.
		throw new InvalidEventError(writer.path(), "unreadable", "could not be read: an accessor in it threw", { cause });
	}
	return writer.text();
}

/** One walk over one value. Stops at the size limit, so the work is bounded whatever is passed in. */
class JsonWriter {
	readonly #field: string;
	readonly #numericKey: string | undefined;
	readonly #keys: (string | number)[] = [];
	readonly #ancestors: object[] = [];
	readonly #parts: string[] = [];
	#bytes = 0;

	constructor(field: string, numericKey: string | undefined) {
		this.#field = field;
		this.#numericKey = numericKey;
	}

	text(): string {
		return this.#parts.join("");
	}

	/** Where the walk is. */
	path(): string {
		return pathText(this.#field, this.#keys);
	}

	container(value: object): void {
		if (this.#ancestors.includes(value)) this.#refuse("cyclic", "must not contain itself");
		if (this.#ancestors.length === MAX_DEPTH) this.#refuse("too_deep", `must be nested at most ${MAX_DEPTH} deep`);
		this.#ancestors.push(value);
		if (Array.isArray(value)) this.#array(value);
		else this.#object(value);
		this.#ancestors.pop();
	}

	#array(value: readonly unknown[]): void {
		this.#write("[");
		for (let index = 0; index < value.length; index += 1) {
			if (index > 0) this.#write(", ");
			this.#keys.push(index);
			this.#value(value[index]);
			this.#keys.pop();
		}
		this.#write("]");
	}

	#object(value: object): void {
		if (!isPlain(value)) this.#refuse("not_plain", `must be a plain object, got ${instanceName(value)}`);
		if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse("type", "must not have symbols as keys");
		this.#write("{");
		let separator = "";
		for (const key of Object.keys(value)) {
			this.#keys.push(key);
			this.#write(separator);
			this.#string(key);
			this.#write(": ");
			this.#property(key, (value as Record<string, unknown>)[key]);
			this.#keys.pop();
			separator = ", ";
		}
		this.#write("}");
	}

	#property(key: string, value: unknown): void {
		if (key === this.#numericKey && this.#ancestors.length === 1 && !isNumber(value)) {
			this.#refuse("type", `must be a number, got ${nameOfKind(value)}${numberHint(value)}`);
		}
		this.#value(value);
	}

	#value(value: unknown): void {
		if (value === null || typeof value === "boolean") this.#write(String(value));
		else if (typeof value === "string") this.#string(value);
		else if (typeof value === "number") this.#number(value);
		else if (typeof value === "object") this.#exactNumber(value) || this.container(value);
		else if (value === undefined) this.#refuse("undefined", "must not be undefined: leave it out, or use null");
		else this.#refuse("type", `must be a JSON value, got ${nameOfKind(value)}${hintFor(value)}`);
	}

	#string(value: string): void {
		// Before anything that walks the text: it may be a gigabyte.
		if (value.length > MAX_BYTES) this.#tooLarge();
		if (!isStorable(value)) checkStorable(this.path(), value);
		this.#write(JSON.stringify(value));
	}

	/** False when it is none. */
	#exactNumber(value: object): boolean {
		const text = decimalText(this.path(), value);
		if (text !== null) this.#write(text);
		return text !== null;
	}

	#number(value: number): void {
		if (!Number.isFinite(value)) this.#refuse("not_finite", `must be a finite number, got ${value}`);
		this.#write(withoutExponent(value));
	}

	#write(text: string): void {
		this.#bytes += Buffer.byteLength(text);
		if (this.#bytes > MAX_BYTES) this.#tooLarge();
		this.#parts.push(text);
	}

	#tooLarge(): never {
		throw new InvalidEventError(this.#field, "too_large", `must be at most ${MAX_BYTES} bytes as JSON text`);
	}

	#refuse(rule: EventRule, requirement: string): never {
		throw new InvalidEventError(this.path(), rule, requirement);
	}
}

/** A place in a value, as one would write it in JavaScript. */
export function pathText(field: string, keys: readonly (string | number)[]): string {
	return keys.reduce<string>((path, key) => path + accessor(key), field);
}

/** By its prototype alone, so that an object of another realm is plain too. */
function isPlain(value: object): boolean {
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function instanceName(value: object): string {
	if (value instanceof Date) return "a Date; use .toISOString() or .getTime()";
	if (value instanceof Map || value instanceof Set) return "a Map or Set; convert it to an object or an array";
	return "an instance of a class; convert it to a number, a string or a plain object";
}

function isNumber(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return typeof value === "number";
	return decimalText("payload.value", value) !== null;
}

function hintFor(value: unknown): string {
	return typeof value === "bigint" ? "; decimal() writes it exactly" : "";
}

function numberHint(value: unknown): string {
	const isExactElsewhere = typeof value === "bigint" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
	return isExactElsewhere ? "; decimal() writes it exactly" : "";
}

function accessor(key: string | number): string {
	if (typeof key === "number") return `[${key}]`;
	if (/^[\p{ID_Start}_$][\p{ID_Continue}$]{0,39}$/u.test(key)) return `.${key}`;
	const shown = key.length > MAX_SHOWN_KEY ? `${key.slice(0, MAX_SHOWN_KEY)}…` : key;
	return `[${JSON.stringify(shown)}]`;
}

/** Without exponent, as jsonb prints it: 1e-7 is 0.0000001. The value is the same. */
function withoutExponent(value: number): string {
	const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
	if (!match) return String(value === 0 ? 0 : value);
	const [, sign = "", first = "", fraction = "", exponent] = match;
	const digits = first + fraction;
	const point = 1 + Number(exponent);
	if (point >= digits.length) return `${sign}${digits.padEnd(point, "0")}`;
	// Between 1e21 up and 1e-7 down there is no number whose point falls inside its digits.
	return `${sign}0.${digits.padStart(digits.length - point, "0")}`;
}
