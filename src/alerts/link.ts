import type { AlertMessage } from "./message.ts";

/** The page of the console on which a person sees to it. */
const PAGES: Readonly<Record<AlertMessage["code"], string>> = {
	not_adopted: "",
	no_relay: "",
	relay_paused: "",
	reward_down: "",
	uncertain_events: "/events?status=uncertain",
	dead_events: "/failures",
	trigger_paused: "/triggers",
	unknown_triggers: "/triggers",
	doubtful_triggers: "/triggers",
	trigger_held_back: "/triggers",
	overdue_events: "/events?status=pending",
	deaf_listener: "",
	expired_leases: "",
	record_broken: "/operations",
	receipt_burst: "/receipts",
	lost_changes: "/watches",
	broken_watch: "/watches",
	watch_errors: "/watches",
	test: "",
};

/** @param console Where the console is reached; undefined: nobody said. */
export function consoleLink(console: URL | undefined, code: AlertMessage["code"]): string | null {
	if (console === undefined) return null;
	const base = console.href.endsWith("/") ? console.href : `${console.href}/`;
	return `${base}console${PAGES[code]}`;
}
