import { capped } from "../capped.ts";
import { type AlertMessage, headline, particulars } from "../message.ts";

/** Opsgenie's limits, in characters. */
const MAX_MESSAGE = 130;
const MAX_DESCRIPTION = 15_000;
const MAX_DETAIL = 1000;

/** A call of Opsgenie's Alert API: `firing` creates an alert, `over` closes it by its alias. */
export function opsgenieCall(message: AlertMessage, alertsUrl: URL): { readonly url: URL; readonly body: object } {
	const { status, dedup_key } = message;
	if (status === "firing") return { url: alertsUrl, body: creation(message) };
	const url = new URL(alertsUrl);
	const alerts = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
	url.pathname = `${alerts}${encodeURIComponent(dedup_key)}/close`;
	url.searchParams.set("identifierType", "alias");
	return { url, body: { source: "reward-outbox", note: capped(particulars(message), MAX_DETAIL) } };
}

function creation(message: AlertMessage): object {
	const { code, subject, severity, title, remedy, since, database, relay, dedup_key, link } = message;
	const described = [title, remedy, ...(link === null ? [] : [link])].join("\n\n");
	const details = { code, database, relay, since, ...(subject === null ? {} : { subject }) };
	return {
		message: capped(headline(message), MAX_MESSAGE),
		alias: dedup_key,
		description: capped(described, MAX_DESCRIPTION),
		entity: capped(subject ?? database, 512),
		source: "reward-outbox",
		priority: severity === "critical" ? "P1" : "P3",
		tags: ["reward-outbox", severity, code],
		details: { ...details, ...(link === null ? {} : { console: link }) },
	};
}
