import { adopt, readAdoption } from "../../src/store/adopt.ts";
import { until } from "../lifecycle/facts.ts";
import { entriesOf, type WriterEntry } from "./journal.ts";
import { allowed } from "./patience.ts";
import type { Stage } from "./stage.ts";

/** Longer than relays wait for each other after a failover. */
const FOLLOWED_WITHIN_MS = 25_000;
/** Relays say again and again what has come of their requests, every five seconds. */
const TOLD_WITHIN_MS = 6_000;
const LOOKED_WITHIN_MS = 60_000;
const NOT_THIS_ONE = new Set(["went_back", "not_adopted", "failover_unconfirmed"]);
const DECISION = { cancelBacklog: false, reason: "the standby is the right one now", actor: "campaign" };

/** What a person does once Reward is in order again: triggers that were paused over its answers go on. */
export async function resumeTriggers({ pool }: Stage): Promise<void> {
	await pool.query(
		`SELECT reward_outbox.resume_trigger(trigger_id, 'Reward is in order again', 'campaign')
		 FROM reward_outbox.triggers WHERE paused_at IS NOT NULL`,
	);
}

/** After a failover that lost nothing: what became of it, and the decision of a person where it takes one. */
export async function awaitFollowing(stage: Stage): Promise<string> {
	if (await stage.applied(await stage.emitProbe(), allowed(FOLLOWED_WITHIN_MS))) return "followed by itself";
	const { verdict } = await readAdoption(stage.pool);
	if (verdict.kind !== "stop") return `neither followed nor stopped: ${verdict.kind}`;
	await adopt(stage.pool, DECISION);
	return "adopted by a person";
}

/**
 * After a failover that lost the tail: notes what is gone, waits until relays have told what they had sent of it, and
 * adopts.
 *
 * @param from when the standby was cut off
 * @param until when the old primary was gone; milliseconds of the campaign
 */
export async function adoptWithoutTail(stage: Stage, span: { from: number; until: number }): Promise<string> {
	const probe = await stage.emitProbe();
	const isKnown = async () => (await stage.applied(probe, 0)) || (await allAreStopped(stage));
	// As docs/moving-databases.md has it: first let the relays that run look at it.
	await until("all relays have looked, and stopped, or go on", isKnown, allowed(LOOKED_WITHIN_MS));
	if (!(await stage.applied(probe, 0))) await stage.wait(allowed(TOLD_WITHIN_MS));
	const lost = await missingOf(stage, await committedWithin(stage, span));
	for (const id of lost) stage.gone.add(id);
	if (await stage.applied(probe, 0))
		return `${lost.length} events are gone, of which none was claimed; followed by itself`;
	const { missing } = await readAdoption(stage.pool);
	await adopt(stage.pool, DECISION);
	return `${lost.length} events are gone; ${missing.count} were sent and are listed, so far`;
}

async function allAreStopped(stage: Stage): Promise<boolean> {
	const health = await stage.health();
	return stage.signal.aborted || health.every(({ paused }) => NOT_THIS_ONE.has(paused?.code ?? ""));
}

async function committedWithin(stage: Stage, span: { from: number; until: number }): Promise<string[]> {
	await stage.written.flush();
	const ids: string[] = [];
	for await (const { at, as, ids: some } of entriesOf<WriterEntry>(stage.written.path))
		if (as === "committed" && at >= span.from - 1_000 && at <= span.until) ids.push(...some);
	return ids;
}

async function missingOf({ pool }: Stage, ids: readonly string[]): Promise<string[]> {
	const { rows } = await pool.query<{ id: string }>(
		"SELECT i.id FROM unnest($1::uuid[]) AS i(id) WHERE NOT EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.id = i.id)",
		[ids],
	);
	return rows.map(({ id }) => id);
}
