import { type Static, Type } from "typebox";
import { byOutcome } from "../../event/outcome.ts";
import { moment } from "./events.ts";
import { count, exact, identifier, named, now, nullable, time } from "./parts.ts";
import { holdCode, triggerFields } from "./triggers.ts";

export const Attention = Type.Object(
	{
		code: Type.String({ description: "What kind of thing needs a person.", examples: ["dead_events"] }),
		subject: nullable(Type.String({ description: "What it is about: a trigger, a watch, a relay." })),
		severity: Type.Enum(["critical", "warning"]),
		since: nullable(time("Since when; null: not known.")),
		title: Type.String({ description: "What is wrong, in one line." }),
		remedy: Type.String({ description: "What to do." }),
	},
	{ $id: "Attention", description: "Something that needs a person." },
);
export type Attention = Static<typeof Attention>;

const AttemptCounts = Type.Object(byOutcome(() => count("")));

const holdTimes = {
	since: nullable(time("Since when. Null: not known.")),
	until: nullable(time("When the next event is tried. Null: that depends on an answer.")),
};

export const Relay = Type.Object(
	{
		name: Type.String(),
		version: Type.String(),
		concurrency: Type.Integer(),
		started_at: time("When it started."),
		seen_at: time("When it last said so."),
		listener: Type.String({ description: "How it learns of new events: listening, polling, deaf or connecting." }),
		paused_since: nullable(time("Since when it sends nothing.")),
		paused_code: nullable(
			Type.String({
				description: "Why: key_refused, not_adopted, went_back or failover_unconfirmed. Null: it sends.",
			}),
		),
		paused_reason: nullable(Type.String()),
		holding: Type.Object(
			{
				everything: nullable(
					Type.Object({ code: holdCode, ...holdTimes }, { description: "Of all triggers. Null: it sends." }),
				),
				triggers: Type.Array(Type.Object({ trigger_id: Type.String(), code: holdCode, ...holdTimes }), {
					description: "At most 50: those held back longest.",
				}),
				counts: Type.Record(Type.String(), Type.Integer(), {
					description: "How many triggers it holds back for each reason.",
					examples: [{ failing: 2 }],
				}),
			},
			{ description: "What it holds back apart from a pause, as of seen_at." },
		),
	},
	{ $id: "Relay", description: "A relay that was seen within the last half minute." },
);
export type Relay = Static<typeof Relay>;

const amount = Type.String({ description: "The sum of payload.value: exact, as digits.", examples: ["412.50"] });

const KindStake = Type.Object({
	events: count("Those that were counted."),
	value: amount,
	whole: Type.Boolean({ description: "False: there are more than were counted, the latest 10 000." }),
	triggers: Type.Array(Type.Object({ trigger_id: Type.String(), events: count(""), value: amount }), {
		description: "The 20 with the most at stake.",
	}),
});

export const Overview = Type.Object(
	{
		now,
		events: Type.Object({
			pending: count("New, or waiting for an attempt."),
			sending: count("Being sent."),
			dead: count("Given up."),
			uncertain: count("May have been applied."),
			cancelled: count("Taken back by a person."),
			delivered: nullable(count("Null: unknown until the table is analysed.")),
			delivered_is_estimate: Type.Boolean(),
		}),
		oldest_due_age_seconds: Type.Number({
			minimum: 0,
			description: "How long the oldest due event has waited. Seconds.",
		}),
		attempts: Type.Object({
			last_minute: AttemptCounts,
			last_5_minutes: AttemptCounts,
			at_least: Type.Boolean({ description: "There were more than are looked at." }),
		}),
		relays: Type.Array(named(Relay)),
		last_relay: nullable(
			Type.Object({ name: Type.String(), seen_at: time("When."), stopped_at: nullable(time("When it stopped.")) }),
		),
		paused_triggers: Type.Array(Type.Object(triggerFields), {
			description: "At most 30 of each cause: those paused longest.",
		}),
		paused_groups: Type.Array(
			Type.Object({
				code: nullable(Type.String({ description: "The cause. Null: people paused them." })),
				triggers: count("How many, counted up to 10 000."),
				since: time("Since when the first of them is paused."),
				watch: nullable(Type.String({ description: "The watch that all of their events come from. Null: not one." })),
			}),
			{ description: "All paused triggers, by cause." },
		),
		expired_leases: count("Leases that expired and were not reaped yet."),
		broken_watches: Type.Array(
			Type.Object({ name: Type.String(), table: Type.String(), problem: Type.String({ description: "Why." }) }),
		),
		unresolved_watch_errors: count("Row changes that watches could not turn into events, counted up to 100 000."),
		stake: nullable(
			Type.Object(
				{ uncertain: KindStake, dead: KindStake, overdue: KindStake, possibly_doubled: KindStake },
				{
					description:
						"What events that are not simply delivered are worth. Overdue: due for more than a minute. Possibly doubled: accepted within 7 days, with another attempt that was ambiguous. Null: it cannot be told now.",
				},
			),
		),
		lost_changes: count("How often a watch could neither capture a change nor record that."),
		receipt_bursts: Type.Array(
			Type.Object({
				trigger_id: Type.String(),
				measured: count("Of its last receipts: those that a request explains."),
				unexplained: count("And those that none does."),
				since: time("When there was one first."),
			}),
			{ description: "Triggers of which too many receipts came that no request explains." },
		),
		record: Type.Object(
			{
				chained: Type.Boolean({ description: "What is recorded is chained, so that a change of it is found." }),
				anchored_at: nullable(time("When its last hashes were told outside last. Null: never.")),
				verified_at: nullable(time("When somebody verified it last. Null: nobody has.")),
				problems: nullable(count("What was found wrong then.")),
			},
			{ description: "How the record of attempts and decisions is kept." },
		),
		attention: Type.Array(named(Attention), { description: "What needs a person, the worst first." }),
		version: Type.String({ description: "The version that answers." }),
	},
	{ $id: "Overview", description: "How the outbox is doing." },
);
export type Overview = Static<typeof Overview>;

export const SeriesQuery = exact({
	minutes: Type.Optional(Type.Integer({ minimum: 5, maximum: 10_080, default: 60, description: "How far back." })),
	until: Type.Optional(moment("Where it ends. Left out: now.")),
	trigger: Type.Optional(
		identifier(
			"Only this trigger, from the record of attempts: of its newest 20 000 events in that time.",
			"successful_payment",
		),
	),
});
export type SeriesQuery = Static<typeof SeriesQuery>;

const latency = (share: string) =>
	nullable(
		Type.Number({
			description: `From written to accepted, ${share} of events or better. Null: nothing was delivered.`,
		}),
	);

const share = (what: string) => Type.Number({ minimum: 0, description: what });

export const SeriesPoint = Type.Object(
	{
		at: time("Where the step begins."),
		...byOutcome(() => share("Attempts that ended so.")),
		latency_p50_ms: latency("half"),
		latency_p95_ms: latency("95 %"),
		latency_p99_ms: latency("99 %"),
	},
	{ $id: "SeriesPoint" },
);
export type SeriesPoint = Static<typeof SeriesPoint>;

export const Series = Type.Object(
	{
		now,
		step_seconds: Type.Number({ description: "Length of a step. Seconds." }),
		points: Type.Array(named(SeriesPoint), { description: "Oldest first." }),
	},
	{ $id: "Series", description: "Throughput and latency over time." },
);
export type Series = Static<typeof Series>;
