import { nameOfValue } from "./shown-value.ts";
import type { Parse, Parsed } from "./value.ts";
import { parseFilePath, wholeNumber } from "./value.ts";

/**
 * One setting: what it is called, what it may be, and what it means. Everything else about settings is made from this.
 */
export interface Setting<T> {
	/** The environment variable. */
	readonly variable: string;
	/** Another name by which programs know it; read where the first is not set. */
	readonly otherVariable?: string;
	/** The option of `createRelay`; left out where only the command line has it. */
	readonly option?: string;
	/** One sentence without its full stop, for `--help`, the README and `doctor`. */
	readonly meaning: string;
	/** What applies when it is not set, as the documentation shows it. */
	readonly shownDefault: string;
	/** Of a number: both ends are allowed. */
	readonly range?: readonly [min: number, max: number];
	/** Its value is never shown, whatever is wrong with it. */
	readonly isSecret: boolean;
	/** Reads the variable's text. */
	readonly parse: Parse<T>;
	/** Reads the option's value. */
	readonly accept: (value: unknown) => Parsed<T>;
}

/** A number with a default of its own. */
export interface NumberSetting extends Setting<number> {
	readonly default: number;
	readonly range: readonly [min: number, max: number];
}

type Described = Pick<Setting<unknown>, "variable" | "otherVariable" | "option" | "meaning" | "shownDefault">;

/** A whole number in a range; `…Ms` and `…_MS` are milliseconds. */
export function whole(
	given: Omit<Described, "shownDefault"> & Pick<NumberSetting, "default" | "range">,
): NumberSetting {
	const [min, max] = given.range;
	const parse = wholeNumber(min, max);
	return {
		...given,
		shownDefault: String(given.default),
		isSecret: false,
		parse,
		accept: (value) => (Number.isInteger(value) ? parse(String(value)) : parse("")),
	};
}

/** A value that is text in the environment and text, or an object with the same text as its `href`, in an option. */
export function text<T>(given: Described & { readonly parse: Parse<T>; readonly isSecret?: true }): Setting<T> {
	const { parse } = given;
	return {
		...given,
		isSecret: given.isSecret ?? false,
		accept: (value) => {
			if (typeof value === "string") return parse(value);
			return value instanceof URL ? parse(value.href) : refused(parse);
		},
	};
}

/**
 * A JSON document that may hold a secret anywhere: text in the environment, the same text or the document itself in an
 * option.
 */
export function json<T>(given: Described & { readonly parse: Parse<T> }): Setting<T> {
	const { parse } = given;
	return {
		...given,
		isSecret: true,
		accept: (value) => {
			if (typeof value === "string") return parse(value);
			return typeof value === "object" && value !== null ? parse(jsonText(value)) : refused(parse);
		},
	};
}

/** Empty: it cannot be written as JSON. */
export function jsonText(value: object): string {
	try {
		return JSON.stringify(value) ?? "";
	} catch (error) {
		if (error instanceof TypeError) return "";
		throw error;
	}
}

/** A file that holds the value of another setting. */
export interface FileSetting extends Setting<string> {
	readonly holds: Setting<unknown>;
}

/** For a secret that is not to stand in the environment. It is read when a command starts. */
export function fileWith(holds: Setting<unknown>): FileSetting {
	return {
		...text({
			variable: `${holds.variable}_FILE`,
			meaning: "a file with that; read at the start",
			shownDefault: "none",
			parse: parseFilePath,
			// A secret is easily pasted here.
			isSecret: true,
		}),
		holds,
	};
}

/** `1` or `0` in the environment, `true` or `false` in an option. */
export function onOff(given: Described & { readonly parse: Parse<boolean> }): Setting<boolean> {
	return {
		...given,
		isSecret: false,
		accept: (value) => (typeof value === "boolean" ? { value } : { expected: "expected true or false" }),
	};
}

/** What was expected, for a value of a kind that is never right. */
function refused<T>(parse: Parse<T>): Parsed<T> {
	const parsed = parse("");
	return "expected" in parsed ? parsed : { expected: `expected text, not ${nameOfValue("")}` };
}
