import { sql } from "kysely";
import type { Facts, RelayFacts } from "../../event/facts.ts";
import { holdingFrom } from "../../event/holding.ts";
import type { Reading } from "./reading.ts";

/** A relay that has not been seen for this long counts as gone. */
const SILENT_AFTER = sql`interval '30 seconds'`;
const MOST_RELAYS = 100;

/** Relays that are alive, longest running first. */
export async function relaysAlive({ db, now }: Reading): Promise<RelayFacts[]> {
	const relays = await db
		.selectFrom("relays as r")
		.select(["r.name", "r.version", "r.concurrency", "r.started_at", "r.seen_at"])
		.select(["r.listener", "r.paused_since", "r.paused_code", "r.paused_reason", "r.holding"])
		.where("r.stopped_at", "is", null)
		.where("r.seen_at", ">", sql<Date>`${now}::timestamptz - ${SILENT_AFTER}`)
		.orderBy("r.relay_no")
		.limit(MOST_RELAYS)
		.execute();
	return relays.map((relay) => ({ ...relay, holding: holdingFrom(relay.holding, relay.seen_at) }));
}

/** The relay that was seen last, alive or not; null: none ever ran here. */
export async function lastRelay({ db }: Reading): Promise<Facts["last_relay"]> {
	const last = await db
		.selectFrom("relays as r")
		.select(["r.name", "r.seen_at", "r.stopped_at"])
		.orderBy("r.seen_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return last ?? null;
}
