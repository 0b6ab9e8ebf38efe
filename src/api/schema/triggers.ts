import { type Static, Type } from "typebox";
import { RELAY_HOLD_CODES, TRIGGER_HOLD_CODES } from "../../event/holding.ts";
import { byOutcome } from "../../event/outcome.ts";
import { count, exact, named, now, nullable, reason, time } from "./parts.ts";

const mode = Type.Enum(["at_least_once", "at_most_once"], {
	description: "What follows when an attempt may or may not have been applied: another one, or a person decides.",
});
const maxAttempts = nullable(
	Type.Integer({
		minimum: 1,
		maximum: 1000,
		description: "Attempts until an event is dead. Null: the relay's own limit.",
	}),
);
const ratePerSecond = nullable(
	Type.Number({ minimum: 0.00001, maximum: 100_000, description: "Over all relays. Null: no limit." }),
);
const maxInFlight = nullable(
	Type.Integer({ minimum: 1, maximum: 10_000, description: "Over all relays. Null: no limit." }),
);

/** Of a relay, and of a trigger. */
export const holdCode = Type.Enum([...TRIGGER_HOLD_CODES, ...RELAY_HOLD_CODES], {
	description:
		"Why: its events fail (failing), Reward asked to slow down (pacing), its requests have no answer (hanging), others hang and it has not been answered yet (unproven), Reward counts as down (reward_down), results cannot be recorded (results_unwritten).",
});

export const triggerFields = {
	trigger_id: Type.String({ examples: ["successful_payment"] }),
	mode,
	max_attempts: maxAttempts,
	rate_per_second: ratePerSecond,
	max_in_flight: maxInFlight,
	paused_at: nullable(time("Since when nothing of it is sent. Null: it is not paused.")),
	paused_by: nullable(Type.String({ description: "A person, or a relay." })),
	paused_reason: nullable(Type.String()),
	paused_code: nullable(
		Type.String({
			description: "Why a relay paused it: unknown_trigger or lasting_doubt. Null: not paused, or by a person.",
		}),
	),
	probe_at: nullable(time("Paused by a relay: when one event is tried again. Null: not paused, or by a person.")),
};

export const TriggerRow = Type.Object(
	{
		...triggerFields,
		auto_confirm: Type.Boolean({ description: "Receipts decide that an event was applied." }),
		auto_resend: Type.Boolean({ description: "The lack of receipts decides that an uncertain event is sent again." }),
		configured: Type.Boolean({ description: "False: nobody has set anything for it, it has the defaults." }),
		waiting: count("Events that wait."),
		dead: count("Events given up."),
		uncertain: count("Events that may have been applied."),
		held_back: Type.Array(
			Type.Object({
				relay: Type.String({ description: "Who holds its events back." }),
				code: holdCode,
				since: nullable(time("Since when. Null: not known.")),
				until: nullable(time("When the next event is tried. Null: that depends on an answer.")),
			}),
			{ description: "What relays that are alive hold back of it, apart from a pause." },
		),
	},
	{ $id: "TriggerRow", description: "A trigger's policy, and what waits." },
);
export type TriggerRow = Static<typeof TriggerRow>;

export const TriggerList = Type.Object(
	{ triggers: Type.Array(named(TriggerRow), { description: "In the order of their ids." }), now },
	{ $id: "TriggerList" },
);
export type TriggerList = Static<typeof TriggerList>;

export const TriggerChange = exact(
	{
		mode: Type.Optional(mode),
		max_attempts: Type.Optional(maxAttempts),
		rate_per_second: Type.Optional(ratePerSecond),
		max_in_flight: Type.Optional(maxInFlight),
	},
	{ minProperties: 1, description: "What is left out stays; null takes a limit away." },
);
export type TriggerChange = Static<typeof TriggerChange>;

export const PauseRequest = exact({ reason });
export type PauseRequest = Static<typeof PauseRequest>;

export const ResumeRequest = exact({ reason: Type.Optional(reason) });
export type ResumeRequest = Static<typeof ResumeRequest>;

export const StatisticsQuery = exact({
	minutes: Type.Optional(Type.Integer({ minimum: 5, maximum: 10_080, default: 60, description: "How far back." })),
});

const latency = (share: string) =>
	nullable(
		Type.Number({ description: `From written to accepted, ${share} of events or better. Null: none was accepted.` }),
	);

export const TriggerStatistics = Type.Object(
	{
		trigger_id: Type.String({ examples: ["successful_payment"] }),
		events: count("Events that were attempted."),
		...byOutcome(() => count("Attempts that ended so.")),
		accepted_value: nullable(
			Type.String({ description: "Sum of `value` in accepted payloads, a decimal. Null: none has one." }),
		),
		latency_p50_ms: latency("half"),
		latency_p95_ms: latency("95 %"),
		latency_p99_ms: latency("99 %"),
	},
	{ $id: "TriggerStatistics", description: "How attempts of a trigger's events ended." },
);
export type TriggerStatistics = Static<typeof TriggerStatistics>;

export const TriggerStatisticsList = Type.Object(
	{
		triggers: Type.Array(named(TriggerStatistics), { description: "At most 200: those with most attempts first." }),
		since: time("Events written from this time on are counted."),
		at_least: Type.Boolean({ description: "There is more than is looked at (the newest 50 000 attempts)." }),
		now,
	},
	{ $id: "TriggerStatisticsList" },
);
export type TriggerStatisticsList = Static<typeof TriggerStatisticsList>;
