import { type Static, Type } from "typebox";
import { moment } from "./events.ts";
import { count, exact, identifier, named, now, nullable, time } from "./parts.ts";

export const AccountQuery = exact({
	since: Type.Optional(moment("Written at this time or later. Left out: seven days ago.")),
	until: Type.Optional(moment("Written before this time. Left out: now.")),
	trigger: Type.Optional(identifier("Only this trigger.", "successful_payment")),
});

export const Amount = Type.Object(
	{
		events: count("How many."),
		value: Type.String({ description: "The sum of payload.value: exact, as digits.", examples: ["412.50"] }),
	},
	{ $id: "Amount", description: "How many events, and what they are worth." },
);

const amount = (description: string) => Type.Unsafe<Static<typeof Amount>>({ ...named(Amount), description });
const delay = (share: string) =>
	nullable(Type.Number({ description: `How long receipts took, ${share} or less. Milliseconds. Null: none came.` }));

const figures = {
	committed: amount("Written in that time: the sum of accepted, decided, ambiguous, pending, dead and cancelled."),
	accepted: amount("Reward accepted a request: the sum of confirmed, awaited and missing."),
	confirmed: amount("Accepted, and there is a receipt."),
	awaited: amount("Accepted, and a receipt may still come."),
	missing: amount("Accepted, and no receipt came in time."),
	decided: amount("Counted as delivered by a decision, of a person or by receipts."),
	ambiguous: amount("Sent, and nobody knows whether they were applied."),
	ambiguous_with_receipt: amount("Of these, those for which there is a receipt that no accepted request explains."),
	pending: amount("Not sent yet, or not successfully."),
	dead: amount("Will not be sent."),
	cancelled: amount("Will not be sent."),
	possibly_doubled: amount("Accepted, and another request of theirs was accepted or ambiguous."),
	surplus: amount("Receipts that no request explains, on the day they came."),
	median_delay_ms: delay("half of them"),
	p99_delay_ms: delay("99 in a hundred"),
};

export const AccountLine = Type.Object(
	{ trigger_id: Type.String(), day: Type.String({ description: "In UTC.", examples: ["2026-03-01"] }), ...figures },
	{ $id: "AccountLine", description: "What became of the events of a trigger and a day." },
);
export type AccountLine = Static<typeof AccountLine>;

export const Account = Type.Object(
	{
		since: time("From when."),
		until: time("Until when."),
		now,
		horizons_ms: Type.Record(Type.String(), Type.Number(), {
			description: "How long a receipt may take, by trigger. Milliseconds.",
		}),
		lines: Type.Array(named(AccountLine), { description: "By trigger and day." }),
		total: Type.Object(figures),
		evidence: Type.Enum(["unsigned_receipts"], { description: "What kind of evidence receipts are." }),
		caveat: Type.String({ description: "What has to be said beside these figures." }),
	},
	{ $id: "Account", description: "What was owed, what Reward acknowledged, what differs and why." },
);
export type Account = Static<typeof Account>;

export const Quarantined = Type.Object(
	{
		quarantine_no: Type.String({ description: "Order." }),
		first_at: time("When it came first."),
		last_at: time("When it came last."),
		times: count("How often the same came."),
		reason: Type.String({ description: "What is wrong with it." }),
		body: Type.String({ description: "The beginning of what came; bytes that are no UTF-8 are replaced." }),
	},
	{ $id: "Quarantined", description: "Something that came as a webhook and is none that is known." },
);
export type Quarantined = Static<typeof Quarantined>;

export const QuarantineQuery = exact({
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50, description: "How many." })),
});

export const QuarantineList = Type.Object(
	{ quarantined: Type.Array(named(Quarantined), { description: "The latest first." }) },
	{ $id: "QuarantineList" },
);
export type QuarantineList = Static<typeof QuarantineList>;
