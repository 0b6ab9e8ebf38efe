import { opsgenieCall } from "./formats/opsgenie.ts";
import { pagerdutyBody } from "./formats/pagerduty.ts";
import { slackBody } from "./formats/slack.ts";
import { teamsBody } from "./formats/teams.ts";
import type { AlertMessage } from "./message.ts";
import { messageId, signatureHeaders } from "./signature.ts";
import type { AlertTarget } from "./target.ts";
import { fillTemplate } from "./template.ts";

/** One POST. */
export interface AlertRequest {
	readonly url: URL;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** What is posted where, to tell this message to this target. */
export function alertRequest(message: AlertMessage, target: AlertTarget, userAgent: string, now: Date): AlertRequest {
	const { url, body: content, headers: own = {} } = callOf(message, target);
	const body = JSON.stringify(content);
	const common = { "content-type": "application/json", "user-agent": userAgent };
	const { signingSecret: secret } = target;
	const signature = secret === null ? {} : signatureHeaders(secret, messageId(message), now, body);
	return { url, headers: { ...common, ...target.headers, ...own, ...signature }, body };
}

interface Call {
	readonly url: URL;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

function callOf(message: AlertMessage, { format, url, key, template }: AlertTarget): Call {
	switch (format) {
		case "generic":
			return { url, body: template === null ? message : fillTemplate(template, message) };
		case "slack":
			return { url, body: slackBody(message) };
		case "teams":
			return { url, body: teamsBody(message) };
		case "pagerduty":
			return { url, body: pagerdutyBody(message, key ?? "") };
		case "opsgenie":
			return { ...opsgenieCall(message, url), headers: { authorization: `GenieKey ${key ?? ""}` } };
		default:
			return format satisfies never;
	}
}
