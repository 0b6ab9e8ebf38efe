import type { Attention, AttentionCode, Condition } from "./attention-entry.ts";
import { counted, earliest, grouped, someOf } from "./attention-groups.ts";
import type { RelayFacts } from "./facts.ts";
import { needsAdoption } from "./pause.ts";
import { relayPauseReason, relayPauseRemedy } from "./remedy.ts";
import { sinceInWords } from "./span.ts";

/** Relays that send nothing but probes; many that do so for the same cause are one entry. */
export function pausedRelays({ relays, now }: Condition): Attention[] {
	const paused = relays.filter(({ paused_code: code }) => code !== null);
	const byCause = Map.groupBy(
		paused,
		({ paused_code: code }): AttentionCode => (needsAdoption(code) ? "not_adopted" : "relay_paused"),
	);
	return [...byCause].flatMap(([code, alike]) =>
		grouped(
			alike,
			(relay) => pausedAttention(code, [relay], relay.name, `The relay ${relay.name} is`, now),
			(all) => pausedAttention(code, all, null, `${counted(all.length, "relay is", "relays are")}`, now),
		),
	);
}

function pausedAttention(
	code: AttentionCode,
	relays: readonly RelayFacts[],
	subject: string | null,
	who: string,
	now: Date,
): Attention {
	const first = relays[0] as RelayFacts;
	return {
		code,
		subject,
		severity: "critical",
		since: earliest(relays.map(({ paused_since: since }) => since)),
		title: `${who} ${relayPauseReason(first, now)}`,
		remedy: relayPauseRemedy(first.paused_code),
	};
}

/** One entry, however many relays say so: they all send to the same Reward. */
export function rewardDown({ relays, now }: Condition): Attention[] {
	const saying = relays.filter(({ holding }) => holding.everything?.code === "reward_down");
	if (saying.length === 0) return [];
	const since = earliest(saying.map(({ holding }) => holding.everything?.since ?? null));
	const all = saying.length === relays.length;
	const who = all ? "" : `, as ${saying.length} of ${relays.length} relays see it`;
	return [
		{
			code: "reward_down",
			subject: null,
			severity: all ? "critical" : "warning",
			since,
			title: `Reward counts as down${since === null ? "" : ` ${sinceInWords(since, now)}`}${who}: one event at a time is tried`,
			remedy:
				"There is nothing to restart: delivery resumes by itself when Reward answers. Whether this machine reaches it: reward-outbox doctor",
		},
	];
}

const DEAF = {
	code: "deaf_listener",
	severity: "warning",
	since: null,
	remedy: "Behind a pooler in transaction mode, give it a direct connection in DATABASE_LISTEN_URL.",
} as const;

export function deafRelays({ relays }: Condition): Attention[] {
	return grouped(
		relays.filter(({ listener }) => listener === "deaf").map(({ name }) => name),
		(name) => ({
			...DEAF,
			subject: name,
			title: `The relay ${name} listens but does not hear: it finds events by polling only`,
		}),
		(names) => ({
			...DEAF,
			subject: null,
			title: `${counted(names.length, "relay listens but does", "relays listen but do")} not hear (${someOf(names)}): they find events by polling only`,
		}),
	);
}
