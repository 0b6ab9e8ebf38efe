/** How an alert can be told. `generic` is the documented JSON, or what a template makes of it. */
export const ALERT_FORMATS = ["generic", "slack", "teams", "pagerduty", "opsgenie"] as const;

export type AlertFormat = (typeof ALERT_FORMATS)[number];

/** Where those take alerts who have one address for everybody. */
export const DEFAULT_URLS: Readonly<Partial<Record<AlertFormat, string>>> = {
	pagerduty: "https://events.pagerduty.com/v2/enqueue",
	opsgenie: "https://api.opsgenie.com/v2/alerts",
};

/** Whether this format needs no address. */
export function hasDefaultUrl(format: AlertFormat): boolean {
	return DEFAULT_URLS[format] !== undefined;
}
