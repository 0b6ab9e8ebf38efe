import { spanInWords } from "../../../words/span.ts";

const INTEGER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const DECIMAL = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function integer(value: number): string {
	return INTEGER.format(value);
}

/** For axes: `1.2K`. */
export function short(value: number): string {
	return SHORT.format(value);
}

export function percent(share: number): string {
	return `${DECIMAL.format(share * 100)} %`;
}

export function milliseconds(ms: number): string {
	return spanInWords(ms);
}

export function plural(count: number, one: string, many = `${one}s`): string {
	return `${integer(count)} ${count === 1 ? one : many}`;
}
