import { type Static, Type } from "typebox";
import { EventRow, Filter } from "./events.ts";
import { count, exact, named, now, nullable, optionalReason, time } from "./parts.ts";

export const BulkAction = Type.Enum(["retry", "cancel"], {
	description: "retry: back to pending, with a fresh budget of attempts. cancel: will not be sent (again).",
});
export type BulkAction = Static<typeof BulkAction>;

const allowDuplicates = Type.Optional(
	Type.Boolean({ default: false, description: "retry: also what Reward may apply a second time." }),
);
const MOST_EVENTS = 100_000;

export const BulkPreviewRequest = exact({
	action: BulkAction,
	filter: Filter,
	allow_duplicates: allowDuplicates,
	max: Type.Optional(
		Type.Integer({ minimum: 1, maximum: MOST_EVENTS, description: "Events at most, the oldest first." }),
	),
});
export type BulkPreviewRequest = Static<typeof BulkPreviewRequest>;

export const BulkPreview = Type.Object(
	{
		matching: count("Events that match, counted up to 100 000."),
		at_least: Type.Boolean({ description: "More match than were counted." }),
		will_change: count("Events that a run would change as they stand now."),
		by_status: Type.Record(Type.String(), count("Events."), { examples: [{ dead: 1204 }] }),
		by_trigger: Type.Array(Type.Object({ trigger_id: Type.String(), events: count("Events.") }), {
			description: "The 20 with most events.",
		}),
		may_duplicate: count("Events among those that would change that Reward may apply a second time."),
		left_out: Type.Array(Type.Object({ reason: Type.String(), events: count("Events.") }), {
			description: "Events that match and would stay as they are, and why.",
		}),
		sample: Type.Array(named(EventRow), { description: "Up to 5 of the events that would change." }),
	},
	{ $id: "BulkPreview", description: "What a run would do. Nothing is changed." },
);
export type BulkPreview = Static<typeof BulkPreview>;

export const BulkRequest = exact({
	action: BulkAction,
	filter: Filter,
	reason: optionalReason,
	allow_duplicates: allowDuplicates,
	max: Type.Integer({ minimum: 1, maximum: MOST_EVENTS, description: "Events at most, the oldest first." }),
	per_second: Type.Number({
		minimum: 1,
		maximum: 10_000,
		description: "Events changed in a second at most, so that what follows does not flood Reward.",
	}),
});
export type BulkRequest = Static<typeof BulkRequest>;

export const BulkState = Type.Enum(["running", "stopping", "stopped", "done", "failed"]);
export type BulkState = Static<typeof BulkState>;

export const BulkRun = Type.Object(
	{
		id: Type.String({ examples: ["4711"] }),
		action: BulkAction,
		filter: Filter,
		reason: nullable(Type.String()),
		actor: Type.String({ description: "Who started it." }),
		started_at: time("When it started."),
		ended_at: nullable(time("When it ended. Null: it has not.")),
		state: BulkState,
		total: nullable(count("Events it is about. Null: they are still being looked for.")),
		examined: count("Events dealt with so far."),
		done: count("Events changed."),
		skipped: count("Events that stayed as they were."),
		error: nullable(Type.String({ description: "Why it failed, or what it is waiting for." })),
		per_second: Type.Number(),
	},
	{ $id: "BulkRun", description: "A run over many events." },
);
export type BulkRun = Static<typeof BulkRun>;

export const BulkRunList = Type.Object(
	{ runs: Type.Array(named(BulkRun), { description: "The latest 20, the latest first." }) },
	{ $id: "BulkRunList" },
);
export type BulkRunList = Static<typeof BulkRunList>;

export const RunOutcome = Type.Object(
	{
		by_status: Type.Record(Type.String(), count("Events."), { examples: [{ delivered: 15, dead: 545 }] }),
		at_least: Type.Boolean({ description: "More were changed than are looked at (20 000)." }),
		now,
	},
	{ $id: "RunOutcome", description: "Where the events that a run changed stand now." },
);
export type RunOutcome = Static<typeof RunOutcome>;

export const BulkPath = exact({ id: Type.String({ pattern: "^[0-9]{1,18}$", examples: ["4711"] }) });
