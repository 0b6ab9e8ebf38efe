import {
	parseAlertFormat,
	parseAlertKey,
	parseHeaders,
	parsePublicUrl,
	parseSigningSecret,
	parseTemplateText,
} from "./alert-values.ts";
import { fileWith, json, text, whole } from "./setting.ts";
import { parseWebhookUrl } from "./value.ts";

const alertWebhookUrl = text({
	variable: "REWARD_OUTBOX_ALERT_WEBHOOK_URL",
	option: "alertWebhookUrl",
	meaning: "is told what needs a person, and when it is over: docs/alerts.md",
	shownDefault: "none; of pagerduty and opsgenie: theirs",
	parse: parseWebhookUrl,
	isSecret: true,
});

const alertTemplate = json({
	variable: "REWARD_OUTBOX_ALERT_TEMPLATE",
	option: "alertTemplate",
	meaning: "a JSON object to send instead, with {{title}} and other fields in its texts; for generic",
	shownDefault: "the JSON of docs/alerts.md",
	parse: parseTemplateText,
});

const alertHeaders = json({
	variable: "REWARD_OUTBOX_ALERT_HEADERS",
	option: "alertHeaders",
	meaning: "a JSON object of headers to send along",
	shownDefault: "none",
	parse: parseHeaders,
});

const alertKey = text({
	variable: "REWARD_OUTBOX_ALERT_KEY",
	option: "alertKey",
	meaning: "PagerDuty's integration key, Opsgenie's API key",
	shownDefault: "required by these two",
	parse: parseAlertKey,
	isSecret: true,
});

const alertSigningSecret = text({
	variable: "REWARD_OUTBOX_ALERT_SIGNING_SECRET",
	option: "alertSigningSecret",
	meaning: "whsec_…: alerts are signed as Standard Webhooks has it",
	shownDefault: "none: not signed",
	parse: parseSigningSecret,
	isSecret: true,
});

const heartbeatUrl = text({
	variable: "REWARD_OUTBOX_HEARTBEAT_URL",
	option: "heartbeatUrl",
	meaning: "is asked for (GET) while relays live: a dead man's switch raises the alarm when that ends",
	shownDefault: "none",
	parse: parseWebhookUrl,
	isSecret: true,
});

/** Who is told what needs a person, and how. */
export const ALERT_SETTINGS = {
	alertWebhookUrl,
	alertWebhookUrlFile: fileWith(alertWebhookUrl),
	alertFormat: text({
		variable: "REWARD_OUTBOX_ALERT_FORMAT",
		option: "alertFormat",
		meaning: "how alerts are told: generic, slack, teams, pagerduty or opsgenie",
		shownDefault: "generic",
		parse: parseAlertFormat,
	}),
	alertTemplate,
	alertTemplateFile: fileWith(alertTemplate),
	alertHeaders,
	alertHeadersFile: fileWith(alertHeaders),
	alertKey,
	alertKeyFile: fileWith(alertKey),
	alertSigningSecret,
	alertSigningSecretFile: fileWith(alertSigningSecret),
	consoleUrl: text({
		variable: "REWARD_OUTBOX_CONSOLE_URL",
		option: "consoleUrl",
		meaning: "where people reach the console, for the links in alerts and the way back from OpenID Connect",
		shownDefault: "none: no links",
		parse: parsePublicUrl,
	}),
	heartbeatUrl,
	heartbeatUrlFile: fileWith(heartbeatUrl),
	heartbeatIntervalMs: whole({
		variable: "REWARD_OUTBOX_HEARTBEAT_INTERVAL_MS",
		option: "heartbeatIntervalMs",
		meaning: "how often the dead man's switch is told so, however many relays there are",
		range: [1000, 3_600_000],
		default: 60_000,
	}),
} as const;
