import type { AlertConfig } from "../config/alert-part.ts";
import { type AlertFormat, DEFAULT_URLS } from "./format-names.ts";
import type { Template } from "./template.ts";
import { parseTemplate } from "./template.ts";

/** Where alerts go, and how they are told there. All of it but the format is secret. */
export interface AlertTarget {
	readonly format: AlertFormat;
	readonly url: URL;
	/** PagerDuty's integration key, Opsgenie's API key; null: the format has none. */
	readonly key: string | null;
	/** Further headers, names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	/** Null: the documented JSON. */
	readonly template: Template | null;
	/** Null: not signed. */
	readonly signingSecret: string | null;
}

/** Null: nobody is to be told. */
export function alertTarget(config: AlertConfig): AlertTarget | null {
	const format = config.alertFormat ?? "generic";
	const address = config.alertWebhookUrl ?? DEFAULT_URLS[format];
	if (address === undefined) return null;
	const template = config.alertTemplate === undefined ? null : parseTemplate(config.alertTemplate);
	return {
		format,
		url: new URL(address),
		key: config.alertKey ?? null,
		headers: config.alertHeaders ?? {},
		template: template !== null && "value" in template ? template.value : null,
		signingSecret: config.alertSigningSecret ?? null,
	};
}
