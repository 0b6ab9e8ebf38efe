import { ALERT_FORMATS, type AlertFormat } from "../alerts/format-names.ts";
import { signingKey } from "../alerts/signature.ts";
import { parseTemplate } from "../alerts/template.ts";
import { type Parse, parseSecret } from "./value.ts";

const MAX_TEMPLATE_CHARACTERS = 32_768;
const MAX_HEADERS = 20;
const MAX_HEADER_CHARACTERS = 4096;

/** Those that belong to the connection, and those that a signature is made of. */
const NOT_OURS =
	/^(host|connection|content-length|transfer-encoding|upgrade|expect|keep-alive|te|trailer|proxy-.*|webhook-.*)$/;

export const parseAlertFormat: Parse<AlertFormat> = (text) => {
	const format = ALERT_FORMATS.find((candidate) => candidate === text);
	return format === undefined ? { expected: `expected one of ${ALERT_FORMATS.join(", ")}` } : { value: format };
};

type Header = readonly [name: string, value: string];

/** Kept as it is written: it is read again where it is used. */
export const parseTemplateText: Parse<string> = (text) => {
	if (text.length > MAX_TEMPLATE_CHARACTERS) {
		return { expected: `expected a template of at most ${MAX_TEMPLATE_CHARACTERS} characters` };
	}
	const template = parseTemplate(text);
	return "value" in template ? { value: text } : template;
};

/** `{"Authorization": "Bearer …"}`; names come back in lower case. */
export const parseHeaders: Parse<Readonly<Record<string, string>>> = (text) => {
	const expected = `expected a JSON object of at most ${MAX_HEADERS} headers, such as {"Authorization": "Bearer …"}`;
	const entries = entriesOf(text);
	if (entries === null || entries.length === 0 || entries.length > MAX_HEADERS) return { expected };
	const headers = entries.map(([name, value]): Header => [name.toLowerCase(), typeof value === "string" ? value : ""]);
	if (!headers.every(isHeader)) {
		return { expected: `${expected}; names of letters, digits and -, values of one line of visible ASCII` };
	}
	const refused = headers.map(([name]) => name).find((name) => NOT_OURS.test(name));
	if (refused !== undefined) return { expected: "expected no header that belongs to the connection or the signature" };
	return { value: Object.fromEntries(headers) };
};

export const parseSigningSecret: Parse<string> = (text) =>
	signingKey(text) === null
		? { expected: "expected whsec_ and 24 to 64 random bytes in base64, as Standard Webhooks has it" }
		: { value: text };

/** PagerDuty's or Opsgenie's. */
export const parseAlertKey: Parse<string> = parseSecret;

/** Where people reach the console: behind a proxy it may have a path. */
export const parsePublicUrl: Parse<URL> = (text) => {
	const expected = "expected http(s)://host[/path], without user, password, query and fragment";
	if (!/^https?:\/\/[^\s\\#?@]+$/i.test(text)) return { expected };
	const url = URL.parse(text);
	return url === null ? { expected } : { value: url };
};

function entriesOf(text: string): [string, unknown][] | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

function isHeader([name, value]: Header): boolean {
	if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) return false;
	return value.length <= MAX_HEADER_CHARACTERS && /^[!-~](?:[ -~]*[!-~])?$/.test(value);
}
