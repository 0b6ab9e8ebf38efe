/** Why a relay sends nothing. On record in `reward_outbox.relays.paused_code`; programs go by it. */
const PAUSE_CODES = [
	/** Reward refuses the API key. The relay goes on trying one event at a time. */
	"key_refused",
	/** The database is a copy, or was restored: a person has to adopt it. */
	"not_adopted",
	/** The database lost something that a relay knows of: a person has to adopt it. */
	"went_back",
	/** After a failover nobody could say yet that nothing was lost. */
	"failover_unconfirmed",
] as const;

/** Why a relay paused a trigger. On record in `reward_outbox.triggers.paused_code`; programs go by it. */
const TRIGGER_PAUSE_CODES = [
	/** Reward answers that it does not know it. */
	"unknown_trigger",
	/** The same answer, again and again, leaves open whether the event was applied. */
	"lasting_doubt",
] as const;

export type TriggerPauseCode = (typeof TRIGGER_PAUSE_CODES)[number];

export type PauseCode = (typeof PAUSE_CODES)[number];

export interface Pause {
	readonly code: PauseCode;
	/** The same for a person. */
	readonly reason: string;
}

/** Whether a person ends it with `reward-outbox adopt`. */
export function needsAdoption(code: string | null): boolean {
	return code !== null && code !== "key_refused";
}
