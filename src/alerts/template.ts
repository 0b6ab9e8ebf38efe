import { didYouMean } from "../suggestion.ts";
import { type AlertMessage, MESSAGE_FIELDS } from "./message.ts";

/** A JSON document whose texts may hold `{{field}}`. */
export type Template = { readonly [name: string]: TemplateValue };
type TemplateValue = string | number | boolean | null | readonly TemplateValue[] | Template;

const PLACEHOLDER = /\{\{([^{}]{0,60})\}\}/g;
const ALONE = /^\{\{([^{}]{0,60})\}\}$/;
const EXPECTED = "expected a JSON object whose texts may hold {{title}} and the other fields of docs/alerts.md";

/** Reads a template, or says what is wrong with it. A field that does not exist would silently be left empty. */
export function parseTemplate(text: string): { readonly value: Template } | { readonly expected: string } {
	const value = jsonObject(text);
	if (value === null) return { expected: EXPECTED };
	const unknown = placeholders(value).find((name) => !isField(name));
	return unknown === undefined ? { value } : { expected: noSuchField(unknown) };
}

/**
 * The document with what the message says. A text that is one placeholder and nothing else becomes the value itself,
 * null included.
 */
export function fillTemplate(template: Template, message: AlertMessage): unknown {
	return mapTexts(template, (text) => {
		const alone = ALONE.exec(text)?.[1]?.trim();
		if (alone !== undefined && isField(alone)) return message[alone];
		return text.replace(PLACEHOLDER, (_, inside: string) => {
			const name = inside.trim();
			return isField(name) ? (message[name] ?? "") : "";
		});
	});
}

function jsonObject(text: string): Template | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Template) : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

function placeholders(template: Template): string[] {
	const found: string[] = [];
	mapTexts(template, (text) => {
		for (const [, name = ""] of text.matchAll(PLACEHOLDER)) found.push(name.trim());
		return text;
	});
	return found;
}

function mapTexts(value: TemplateValue, change: (text: string) => unknown): unknown {
	if (typeof value === "string") return change(value);
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map((element: TemplateValue) => mapTexts(element, change));
	return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTexts(part, change)]));
}

function isField(name: string): name is (typeof MESSAGE_FIELDS)[number] {
	return (MESSAGE_FIELDS as readonly string[]).includes(name);
}

/** The name itself is not shown: a template may hold a secret anywhere. */
function noSuchField(name: string): string {
	const meant = didYouMean(name, MESSAGE_FIELDS);
	const hint = meant === null ? `the fields are ${MESSAGE_FIELDS.join(", ")}` : `did you mean {{${meant}}}?`;
	return `expected no placeholder but those of docs/alerts.md; ${hint}`;
}
