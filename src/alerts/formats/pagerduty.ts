import { capped } from "../capped.ts";
import { type AlertMessage, headline } from "../message.ts";

/** PagerDuty's limits, in characters. */
const MAX_SUMMARY = 1024;
const MAX_SOURCE = 1024;

/** An event of PagerDuty's Events API v2: `firing` opens an alert, `over` resolves it. */
export function pagerdutyBody(message: AlertMessage, routingKey: string): object {
	const { status, dedup_key, link } = message;
	const about = { routing_key: routingKey, dedup_key };
	if (status === "over") return { ...about, event_action: "resolve" };
	return {
		...about,
		event_action: "trigger",
		client: "reward-outbox",
		...(link === null ? {} : { client_url: link, links: [{ href: link, text: "Open the console" }] }),
		payload: payloadOf(message),
	};
}

function payloadOf(message: AlertMessage): object {
	const { severity, code, subject, title, remedy, since, database, relay, at } = message;
	return {
		summary: capped(headline(message), MAX_SUMMARY),
		source: capped(database, MAX_SOURCE),
		severity,
		timestamp: at,
		component: "reward-outbox",
		group: database,
		class: code,
		custom_details: { code, subject, title, remedy, since, database, relay },
	};
}
