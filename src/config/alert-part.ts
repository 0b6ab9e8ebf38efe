import { type AlertFormat, hasDefaultUrl } from "../alerts/format-names.ts";
import type { SettingsReader } from "./reader.ts";
import { SETTINGS } from "./settings.ts";

export interface AlertConfig {
	/** Is told what needs a person, and when that is over. A secret. */
	readonly alertWebhookUrl?: URL;
	/** Default `generic`. */
	readonly alertFormat?: AlertFormat;
	/** What `generic` sends instead of the documented JSON. A secret: it may hold one. */
	readonly alertTemplate?: string;
	/** Sent along; names in lower case. Secrets. */
	readonly alertHeaders?: Readonly<Record<string, string>>;
	/** PagerDuty's integration key, Opsgenie's API key. A secret. */
	readonly alertKey?: string;
	/** Of Standard Webhooks. A secret. */
	readonly alertSigningSecret?: string;
	/** Where people reach the console, for links. */
	readonly consoleUrl?: URL;
	/** Is asked for while relays live. A secret. */
	readonly heartbeatUrl?: URL;
	/** Between two pings. Left out: the setting's default. Milliseconds. */
	readonly heartbeatIntervalMs?: number;
}

const NAMES = [
	"alertWebhookUrl",
	"alertFormat",
	"alertTemplate",
	"alertHeaders",
	"alertKey",
	"alertSigningSecret",
	"consoleUrl",
	"heartbeatUrl",
	"heartbeatIntervalMs",
] as const satisfies (keyof AlertConfig)[];

/** Who is told what needs a person, and how. */
export function alertPart(reader: SettingsReader): AlertConfig {
	const before = reader.problems.length;
	const read = NAMES.map((name) => [name, reader.read<unknown>(SETTINGS[name])] as const);
	const config: AlertConfig = Object.fromEntries(read.filter(([, value]) => value !== undefined));
	// What is wrong by itself is reported already; what follows from it would be noise.
	if (reader.problems.length === before) reportContradictions(reader, config.alertFormat ?? "generic");
	return config;
}

function reportContradictions(reader: SettingsReader, format: AlertFormat): void {
	const { alertWebhookUrl, alertTemplate, alertHeaders, alertKey, alertSigningSecret, alertFormat } = SETTINGS;
	const named = `${reader.nameOf(alertFormat)} ${format}`;
	if (hasDefaultUrl(format) !== reader.has(alertKey)) {
		if (hasDefaultUrl(format)) reader.report(alertKey, `missing; ${named} needs it`);
		else reader.report(alertKey, `expected only with ${reader.nameOf(alertFormat)} pagerduty or opsgenie`);
	}
	if (format !== "generic" && reader.has(alertTemplate)) {
		reader.report(alertTemplate, `expected only with ${reader.nameOf(alertFormat)} generic`);
	}
	const idle = [alertFormat, alertTemplate, alertHeaders, alertSigningSecret].find((setting) => reader.has(setting));
	if (idle !== undefined && !hasDefaultUrl(format) && !reader.has(alertWebhookUrl)) {
		reader.report(alertWebhookUrl, `missing; ${reader.nameOf(idle)} says how to tell it`);
	}
}
