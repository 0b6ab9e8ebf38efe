import { type Static, Type } from "typebox";
import { anyJson, count, exact, identifier, named, nullable, optionalReason, time } from "./parts.ts";

const value = (description: string, example: string) =>
	Type.String({ minLength: 1, maxLength: 200, description, examples: [example] });

/** Which rows: by a column, or all. */
const rowFields = {
	column: Type.Optional(
		value(
			"The column that `since` and `until` mean. Default: the one that holds a time, or is called `created_at`.",
			"id",
		),
	),
	since: Type.Optional(
		value("From then on: a date, a time, a distance from now; of another column, its value.", "30d"),
	),
	until: Type.Optional(value("Before then.", "2026-03-01")),
	all: Type.Optional(Type.Boolean({ description: "Every row; instead of `since` and `until`." })),
};

export const BackfillPreviewRequest = exact(rowFields);
export type BackfillPreviewRequest = Static<typeof BackfillPreviewRequest>;

const perSecond = Type.Integer({ minimum: 1, maximum: 10_000, description: "Rows looked at in a second at most." });
export const BackfillRequest = exact({
	...rowFields,
	per_second: perSecond,
	reason: optionalReason,
	allow_duplicates: Type.Optional(
		Type.Boolean({ default: false, description: "Also through a rule without an idempotency key." }),
	),
	restart: Type.Optional(Type.Boolean({ default: false, description: "Begin anew, although one is not finished." })),
});
export type BackfillRequest = Static<typeof BackfillRequest>;

export const ResumeBackfillRequest = exact({ per_second: perSecond });
export type ResumeBackfillRequest = Static<typeof ResumeBackfillRequest>;

export const BackfillState = Type.Enum(["running", "stopped", "done", "abandoned"], {
	description: "stopped: it can go on. abandoned: another one was begun instead.",
});
export type BackfillState = Static<typeof BackfillState>;

const tallyFields = {
	rows: count("Rows that were looked at."),
	events: count("Of them, those that became events, or would."),
	known: count("Those that are events already, by their idempotency key."),
	unneeded: count("Those to which the rule does not apply."),
	failed: count("Those of which the rule could not make an event."),
};

const Asked = Type.Object(
	{
		column: Type.Optional(Type.String()),
		since: Type.Optional(Type.String()),
		until: Type.Optional(Type.String()),
	},
	{ description: "Which rows, as it was asked for. Empty: every row." },
);

export const Backfill = Type.Object(
	{
		id: Type.String({ examples: ["7"] }),
		watch: Type.String({ examples: ["order_paid"] }),
		table: Type.String({ examples: ["public.orders"] }),
		asked: Asked,
		reason: nullable(Type.String()),
		actor: nullable(Type.String({ description: "Who began it." })),
		started_at: time("When it began."),
		seen_at: time("When its last batch ended."),
		ended_at: nullable(time("When it ended. Null: it has not.")),
		state: BackfillState,
		total: nullable(count("Rows that it is about. Null: too many to count.")),
		...tallyFields,
		per_second: Type.Integer(),
		error: nullable(Type.String({ description: "Why its process gave it up." })),
	},
	{ $id: "Backfill", description: "Existing rows that become events through a rule." },
);
export type Backfill = Static<typeof Backfill>;

export const BackfillList = Type.Object(
	{ backfills: Type.Array(named(Backfill), { description: "The latest 20, the latest first." }) },
	{ $id: "BackfillList" },
);
export type BackfillList = Static<typeof BackfillList>;

const TriedRow = Type.Object({
	key: anyJson("Primary key of the row."),
	trigger_id: nullable(Type.String()),
	user_id: nullable(Type.String()),
	payload: anyJson("The payload, numbers as they are."),
	problem: nullable(Type.String({ description: "Why no event can be made of it. Null: one can." })),
});

export const BackfillPreview = Type.Object(
	{
		asked: Asked,
		total: nullable(count("Rows that it would be about. Null: too many to count.")),
		without_value: nullable(count("Rows that have no value in the column and are left out. Null: not counted.")),
		...tallyFields,
		is_complete: Type.Boolean({ description: "Every row was looked at, and not only those that come first." }),
		sample: Type.Array(TriedRow, { description: "Up to 5 that would become events, or would fail." }),
		warnings: Type.Array(Type.String(), { description: "What may not be what was meant." }),
		unfinished: nullable(named(Backfill)),
		goes_on: Type.Boolean({ description: "The unfinished one was asked for with the same words: it would go on." }),
	},
	{ $id: "BackfillPreview", description: "What a backfill would do. Nothing is written." },
);
export type BackfillPreview = Static<typeof BackfillPreview>;

export const BackfillPath = exact({ id: Type.String({ pattern: "^[0-9]{1,18}$", examples: ["7"] }) });
export const BackfilledWatch = exact({ name: identifier("The rule's name.", "order_paid") });
