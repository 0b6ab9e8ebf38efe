/** How an alert can be told. `generic` is the documented JSON, or what a template makes of it. */
export const ALERT_FORMATS = ["generic", "slack", "teams", "pagerduty", "opsgenie"] as const;

export type AlertFormat = (typeof ALERT_FORMATS)[number];
