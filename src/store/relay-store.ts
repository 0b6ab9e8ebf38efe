import { claim } from "./claim.ts";
import type { Database } from "./database.ts";
import { expiredEvents, tidy } from "./expire.ts";
import { giveBack } from "./give-back.ts";
import { adoptUnused, doubt, followFailover, prove, readDatabaseFacts, testify, vouch } from "./identity.ts";
import { checkIn, heartbeat, registerRelay, wakeRelays } from "./relays.ts";
import { recordSample, tidySamples } from "./samples.ts";
import { settleAccepted, settleFailed } from "./settle.ts";
import { earlierAttempts, pauseForFault, triggerAcceptedSince } from "./trigger-faults.ts";

/** Every statement of a running relay, on one pool. What the relay's core knows of PostgreSQL is this. */
export function createRelayStore(db: Database) {
	return {
		claim: bind(claim, db),
		settleAccepted: bind(settleAccepted, db),
		settleFailed: bind(settleFailed, db),
		giveBack: bind(giveBack, db),
		expiredEvents: bind(expiredEvents, db),
		tidy: bind(tidy, db),
		readDatabaseFacts: bind(readDatabaseFacts, db),
		adoptUnused: bind(adoptUnused, db),
		followFailover: bind(followFailover, db),
		vouch: bind(vouch, db),
		doubt: bind(doubt, db),
		prove: bind(prove, db),
		testify: bind(testify, db),
		registerRelay: bind(registerRelay, db),
		heartbeat: bind(heartbeat, db),
		checkIn: bind(checkIn, db),
		wakeRelays: bind(wakeRelays, db),
		recordSample: bind(recordSample, db),
		tidySamples: bind(tidySamples, db),
		pauseForFault: bind(pauseForFault, db),
		earlierAttempts: bind(earlierAttempts, db),
		triggerAcceptedSince: bind(triggerAcceptedSince, db),
	};
}

export type RelayStore = ReturnType<typeof createRelayStore>;

function bind<Args extends unknown[], Result>(statement: (db: Database, ...args: Args) => Result, db: Database) {
	return (...args: Args): Result => statement(db, ...args);
}
