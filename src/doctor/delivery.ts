import { readVerdict } from "../store/adopt.ts";
import type { Database } from "../store/database.ts";
import { readDepth } from "../store/depth.ts";
import { type RelayFacts, readPausedTriggers, readRelays } from "../store/diagnose.ts";
import { readCondition } from "../store/inspect/condition.ts";
import { attentionInWords } from "../words/attention.ts";
import { relayPauseRemedy } from "../words/remedy.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const LATE_S = 300;

/** Whether relays would send from this database at all. */
export async function checkIdentity(db: Database): Promise<Check[]> {
	const verdict = await readVerdict(db);
	switch (verdict.kind) {
		case "continue":
			return [ok("identity", "this is the database that events are sent from")];
		case "adopt":
			return [ok("identity", "it is a copy that nothing was ever sent from: the first relay adopts it")];
		case "follow":
		case "wait":
		case "stop":
			return [
				fail(
					"identity",
					`relays send nothing from here: ${verdict.kind === "follow" ? "a failover" : verdict.reason}`,
					'reward-outbox adopt --reason "…" shows what it would do; with --yes it does it',
				),
			];
		default:
			return verdict satisfies never;
	}
}

export async function checkRelays(db: Database): Promise<Check[]> {
	const relays = await readRelays(db);
	const alive = relays.filter((relay) => relay.alive);
	const silent = relays.length - alive.length;
	if (alive.length === 0) {
		const died = silent === 0 ? "" : `; the last one was heard of ${Math.round(relays[0]?.silentSeconds ?? 0)} s ago`;
		return [warn("relays", `no relay is running here${died}`, "reward-outbox relay")];
	}
	return [
		ok("relays", `${alive.length} running: ${alive.map((relay) => relay.name).join(", ")}`),
		...alive.flatMap(checkRelay),
	];
}

function checkRelay(relay: RelayFacts): Check[] {
	const checks: Check[] = [];
	if (relay.pausedCode !== null) {
		checks.push(
			fail(
				"relays",
				`${relay.name} is paused: ${relay.pausedReason ?? relay.pausedCode}`,
				relayPauseRemedy(relay.pausedCode),
			),
		);
	}
	if (relay.listener === "deaf" || relay.listener === "polling") {
		checks.push(
			warn(
				"relays",
				`${relay.name} is ${relay.listener}: it finds new events by polling`,
				"see the check named listen",
			),
		);
	}
	return checks;
}

/** What relays hold back at the moment, and why. */
export async function checkHeld(db: Database): Promise<Check[]> {
	const entries = attentionInWords(await readCondition(db));
	return entries
		.filter(({ code }) => code === "reward_down" || code === "trigger_held_back")
		.map(({ title, remedy }) => warn("held back", title, remedy));
}

export async function checkBacklog(db: Database): Promise<Check[]> {
	const [{ byStatus, oldestDueAgeSeconds }, paused] = await Promise.all([readDepth(db), readPausedTriggers(db)]);
	const checks = paused.map(({ triggerId, reason }) =>
		warn(
			"triggers",
			`${triggerId} is paused: ${reason ?? "no reason was given"}`,
			`reward-outbox triggers resume ${triggerId}`,
		),
	);
	if (byStatus.dead > 0) {
		checks.push(
			warn(
				"dead",
				`${byStatus.dead} dead`,
				"reward-outbox events list --status dead; then events why, events retry or events cancel",
			),
		);
	}
	if (byStatus.uncertain > 0) {
		checks.push(
			warn(
				"uncertain",
				`${byStatus.uncertain} may or may not have been applied`,
				"reward-outbox events list --status uncertain; then events resolve",
			),
		);
	}
	const depth = `${byStatus.pending} pending, ${byStatus.sending} being sent`;
	const late = Math.round(oldestDueAgeSeconds);
	if (late <= LATE_S) return [...checks, ok("backlog", `${depth}; the oldest due has waited ${late} s`)];
	return [
		...checks,
		warn(
			"backlog",
			`${depth}; the oldest due has waited ${late} s`,
			"reward-outbox status shows where they are held up",
		),
	];
}
