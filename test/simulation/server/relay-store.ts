import { factsFrom } from "../../../src/store/identity.ts";
import type { RelayStore } from "../../../src/store/relay-store.ts";
import type { Settlement } from "../../../src/store/settle.ts";
import { claim } from "../database/claim.ts";
import { expiredEvents, tidy } from "../database/expire.ts";
import { giveBack } from "../database/give-back.ts";
import { earlierAttempts, triggerAcceptedSince } from "../database/history.ts";
import { adoptUnused, databaseFacts, doubt, followFailover, prove, testify, vouch } from "../database/identity.ts";
import { pauseForFault, wakeRelays } from "../database/policies.ts";
import { checkIn, heartbeat, registerRelay, type Sessions } from "../database/relays.ts";
import { settleAccepted, settleFailed } from "../database/settle.ts";
import type { Tables } from "../database/tables.ts";

/** Executes one statement, in a transaction of its own. */
export type Ask = <Result>(name: string, statement: (tables: Tables) => Result, takesTurn?: boolean) => Promise<Result>;

/** Every statement of a running relay, on the model. */
export function simulatedRelayStore(ask: Ask, sessions: Sessions): RelayStore {
	return {
		claim: (request) => ask("claim", (tables) => claim(tables, request), true),
		settleAccepted: (relayNo, batch, done) =>
			settle(ask, "settleAccepted", batch, (tables) => settleAccepted(tables, relayNo, batch, done)),
		settleFailed: (batch, done) => settle(ask, "settleFailed", batch, (tables) => settleFailed(tables, batch, done)),
		giveBack: (leaseId, ids) => ask("giveBack", (tables) => giveBack(tables, leaseId, ids), true),
		expiredEvents: (limit, backMs) => ask("expiredEvents", (tables) => expiredEvents(tables, limit, backMs)),
		tidy: () => ask("tidy", tidy),
		...identityOf(ask),
		registerRelay: ({ name }) => ask("registerRelay", (tables) => registerRelay(tables, name)),
		heartbeat: (beat) => ask("heartbeat", (tables) => heartbeat(tables, beat)),
		checkIn: (relay) => ask("checkIn", (tables) => checkIn(tables, sessions, relay)),
		wakeRelays: () => ask("wakeRelays", wakeRelays),
		recordSample: () => ask("recordSample", () => {}),
		tidySamples: () => ask("tidySamples", () => {}),
		pauseForFault: (...args) => ask("pauseForFault", (tables) => pauseForFault(tables, ...args)),
		earlierAttempts: (...args) => ask("earlierAttempts", (tables) => earlierAttempts(tables, ...args)),
		triggerAcceptedSince: (...args) => ask("triggerAcceptedSince", (tables) => triggerAcceptedSince(tables, ...args)),
	};
}

function identityOf(
	ask: Ask,
): Pick<RelayStore, "readDatabaseFacts" | "adoptUnused" | "followFailover" | "vouch" | "doubt" | "prove" | "testify"> {
	return {
		async readDatabaseFacts(relay, remembered, { openLeases, results }) {
			const question = { relay, remembered, openLeases: openLeases(), results };
			const row = await ask("readDatabaseFacts", (tables) => databaseFacts(tables, question));
			const stillOpen = new Set(openLeases());
			return factsFrom(
				{ ...row, missingLeases: row.missingLeases.filter((lease) => stillOpen.has(lease)) },
				remembered,
			);
		},
		adoptUnused: () => ask("adoptUnused", adoptUnused, true),
		followFailover: (to) => ask("followFailover", (tables) => followFailover(tables, to)),
		vouch: (...args) => ask("vouch", (tables) => vouch(tables, ...args)),
		doubt: (found) => ask("doubt", (tables) => doubt(tables, found)),
		prove: (relay, beat = null) => ask("prove", (tables) => proveAndBeat(tables, relay, beat !== null)),
		testify: ({ relayNo }, results, sameOutbox) =>
			ask("testify", (tables) => testify(tables, relayNo, results, sameOutbox), true),
	};
}

/** A database that went back is told nothing. */
function proveAndBeat(tables: Tables, relay: Parameters<typeof prove>[1], beats: boolean): ReturnType<typeof prove> {
	const remembered = prove(tables, relay);
	if (beats && remembered !== null) heartbeat(tables, { relayNo: relay.relayNo, stopped: false });
	return remembered;
}

/** Answers with how far the outbox has been read by then. */
function settle(
	ask: Ask,
	name: string,
	batch: readonly Settlement[],
	statement: (tables: Tables) => void,
): Promise<string> {
	const headAfter = (tables: Tables) => {
		statement(tables);
		return String(tables.headPosition);
	};
	return ask(
		name,
		headAfter,
		batch.some(({ event }) => event.ordered),
	);
}
