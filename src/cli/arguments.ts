import { InvalidArgumentError } from "commander";
import { durationOrNull, MOMENT_FORMS, type Moment, momentOrNull } from "../moment.ts";

export type { Moment } from "../moment.ts";

/**
 * A parser for whole numbers, strict: digits only, so no `1e3`, `+1`, `0x10`, `010` or blanks.
 *
 * @throws InvalidArgumentError (exit code 2), like all parsers here.
 */
export function wholeNumber(min: number, max: number): (text: string) => number {
	return (text) => {
		const value = /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : Number.NaN;
		if (value >= min && value <= max) return value;
		throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
	};
}

/** A port to listen on; 0 takes a free one. */
export const port = wholeNumber(0, 65535);

/** A decimal fraction from 0 to 1, e.g. `0.05`. */
export function fraction(text: string): number {
	const value = /^([01]|[01]?\.[0-9]{1,15}|[01]\.)$/.test(text) ? Number(text) : Number.NaN;
	if (value >= 0 && value <= 1) return value;
	throw new InvalidArgumentError("Expected a fraction from 0 to 1, such as 0.05.");
}

/** An event's id. Returned in lower case, as PostgreSQL prints it. */
export function uuid(text: string): string {
	if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
	throw new InvalidArgumentError("Expected an id such as 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f.");
}

/** For arguments that may be repeated: collects what the parser makes of each. */
export function each<T>(parse: (text: string) => T): (text: string, previous: T[] | undefined) => T[] {
	return (text, previous) => [...(previous ?? []), parse(text)];
}

/** A span such as `90d`, `2h`, `15m`, `30s` or `1w`. Milliseconds. */
export function duration(text: string): number {
	const ms = durationOrNull(text);
	if (ms !== null) return ms;
	throw new InvalidArgumentError("Expected a duration such as 90d, 2h, 15m or 30s.");
}

/**
 * A moment: a date (`2026-03-01`, midnight UTC), a time with its zone (`2026-03-01T10:00:00Z`, `…+02:00`), or a
 * distance from now (`2h`). A time without a zone is refused: it would mean something else on another machine.
 */
export function moment(text: string): Moment {
	const parsed = momentOrNull(text);
	if (parsed !== null) return parsed;
	throw new InvalidArgumentError(`Expected ${MOMENT_FORMS}.`);
}

/** An http: or https: address to call. */
export function webAddress(text: string): URL {
	const url = URL.parse(text);
	if (url !== null && /^https?:$/.test(url.protocol)) return url;
	throw new InvalidArgumentError("Expected an address such as http://127.0.0.1:9000/webhook.");
}
