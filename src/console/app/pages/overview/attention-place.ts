import type { Attention } from "../../../../api/schema/overview.ts";
import type { AttentionCode } from "../../../../event/attention-entry.ts";

/** Where something can be done about it, and what the way there is called. */
export type Place = readonly [path: string, text: string];

function pathTo(path: string, query: Readonly<Record<string, string>>): string {
	return `${path}?${new URLSearchParams(query)}`;
}

const toTrigger = (subject: string | null): Place =>
	subject === null ? ["/triggers", "Show the triggers"] : [pathTo("/triggers", { find: subject }), "Go to the trigger"];
const toWatches = (subject: string | null): Place => [
	subject === null ? "/watches" : pathTo("/watches", { watch: subject }),
	"Go to the watches",
];
const toEvents = (status: string, text: string) => (): Place => [pathTo("/events", { status }), text];

/** Null: it is done elsewhere, where the relay or the database is. */
const PLACES: Readonly<Record<AttentionCode, ((subject: string | null) => Place) | null>> = {
	no_relay: null,
	not_adopted: null,
	relay_paused: null,
	deaf_listener: null,
	// There is nothing to do but to see how it fails.
	reward_down: () => ["/failures", "Show how it fails"],
	trigger_paused: toTrigger,
	unknown_triggers: toTrigger,
	doubtful_triggers: toTrigger,
	trigger_held_back: toTrigger,
	dead_events: () => ["/failures", "Show dead events"],
	uncertain_events: toEvents("uncertain", "Show uncertain events"),
	overdue_events: toEvents("pending", "Show waiting events"),
	expired_leases: toEvents("sending", "Show events being sent"),
	record_broken: () => ["/operations", "Show who verified it"],
	receipt_burst: () => ["/receipts", "Show the receipts"],
	lost_changes: toWatches,
	broken_watch: toWatches,
	watch_errors: toWatches,
};

/** Where a person can do something about it; null: not in the console, or the server is newer than the page. */
export function placeOf({ code, subject }: Pick<Attention, "code" | "subject">): Place | null {
	return PLACES[code as AttentionCode]?.(subject) ?? null;
}
