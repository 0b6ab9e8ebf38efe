import type { Attention, Condition } from "./attention-entry.ts";
import { earliest, grouped } from "./attention-groups.ts";
import type { RelayFacts } from "./facts.ts";
import { needsAdoption } from "./pause.ts";

/** Relays that send nothing but probes; many that do so for the same cause are one entry. */
export function pausedRelays({ relays }: Condition): Attention[] {
	const paused = relays.filter(({ paused_code: code }) => code !== null);
	const byCause = Map.groupBy(paused, ({ paused_code: code }) =>
		needsAdoption(code) ? "not_adopted" : "relay_paused",
	);
	return [...byCause].flatMap(([code, alike]) => grouped(alike, (some) => pausedFor(code, some)));
}

function pausedFor(code: "not_adopted" | "relay_paused", relays: readonly RelayFacts[]): Attention {
	return {
		code,
		subject: onlyName(relays),
		severity: "critical",
		since: earliest(relays.map(({ paused_since: since }) => since)),
		about: { relays },
	};
}

/** One entry, however many relays say so: they all send to the same Reward. */
export function rewardDown({ relays }: Condition): Attention[] {
	const saying = relays.filter(({ holding }) => holding.everything?.code === "reward_down");
	if (saying.length === 0) return [];
	return [
		{
			code: "reward_down",
			subject: null,
			severity: saying.length === relays.length ? "critical" : "warning",
			since: earliest(saying.map(({ holding }) => holding.everything?.since ?? null)),
			about: { saying: saying.length, relays: relays.length },
		},
	];
}

export function deafRelays({ relays }: Condition): Attention[] {
	return grouped(
		relays.filter(({ listener }) => listener === "deaf"),
		(deaf) => ({
			code: "deaf_listener",
			subject: onlyName(deaf),
			severity: "warning",
			since: null,
			about: { names: deaf.map(({ name }) => name) },
		}),
	);
}

function onlyName(relays: readonly RelayFacts[]): string | null {
	return relays.length === 1 ? (relays[0] as RelayFacts).name : null;
}
