import type { DatabaseFacts } from "../../../src/store/identity.ts";
import type { Known } from "./known.ts";
import type { Side } from "./side.ts";
import type { Step } from "./steps.ts";

type RelayStep = Extract<Step, { do: "connect" | "cut" | "beat" | "stop" | "lock" | "unlock" | "check in" | "wake" }>;

/** What relays tell each other. */
export async function actAsRelay(known: Known, side: Side, step: RelayStep): Promise<unknown> {
	if (step.do === "wake") return side.store.wakeRelays();
	const relayNo = known.relayNos[step.relay] as number;
	switch (step.do) {
		case "connect":
			return side.openSession(step.relay);
		case "cut":
			return side.endSession(step.relay);
		case "lock":
			return side.requestLock(step.relay);
		case "unlock":
			return side.releaseLock(step.relay);
		case "beat":
		case "stop":
			return side.store.heartbeat({
				relayNo,
				listener: "listening",
				pause: null,
				holding: null,
				stopped: step.do === "stop",
			});
		case "check in": {
			const sessionId = side.sessionOf(step.relay);
			const { wakeMode, able, working, holdsLock } = step;
			return side.store.checkIn({
				relayNo,
				sessionId,
				wakeMode,
				able,
				working,
				lockSessionId: holdsLock ? sessionId : null,
			});
		}
		default:
			return step satisfies never;
	}
}

type IdentityStep = Extract<Step, { do: "prove" | "look" | "vouch" | "doubt" | "follow" | "adopt unused" }>;

/** Which database it is. What differs between two servers is left out. */
export async function actOnIdentity(known: Known, side: Side, step: IdentityStep): Promise<unknown> {
	const proofId = `00000000-0000-4000-a000-00000000000${step.relay}`;
	const relay = `relay ${step.relay + 1}`;
	const facts = await lookAt(known, side, step.relay);
	const { installationId, found } = facts;
	switch (step.do) {
		case "prove":
			return prove(known, side, step, proofId);
		case "look":
			return comparable(facts);
		case "vouch":
			return side.store.vouch(proofId, found.timeline);
		case "doubt":
			return side.store.doubt({ installationId, code: "went_back", reason: "a test", relay });
		case "follow":
			return side.store.followFailover({ installationId, proofId, timeline: found.timeline, relay });
		case "adopt unused":
			return side.store.adoptUnused(relay);
		default:
			return step satisfies never;
	}
}

async function prove(
	known: Known,
	side: Side,
	{ relay, ended }: Extract<Step, { do: "prove" }>,
	proofId: string,
): Promise<unknown> {
	const memory = known.remembered.get(side);
	const relayNo = known.relayNos[relay] as number;
	const told = await side.store.prove({ proofId, relayNo, beats: memory?.get(relay)?.beats ?? null, ended });
	if (told === null) return null;
	memory?.set(relay, told);
	return { beats: told.beats, headPosition: told.headPosition };
}

function lookAt(known: Known, side: Side, relay: number): Promise<DatabaseFacts> {
	const claimed = known.claims[0] ?? [];
	const me = { relayNo: known.relayNos[relay] as number, name: `relay ${relay + 1}` };
	const results = claimed.slice(0, 1).map(({ eventId, attempt }) => ({ eventId, attempt }));
	const openLeases = () => claimed.map(({ leaseId }) => leaseId).slice(0, 1);
	return side.store.readDatabaseFacts(me, known.remembered.get(side)?.get(relay) ?? null, { openLeases, results });
}

function comparable(facts: DatabaseFacts): unknown {
	const { installationId: _, recorded: _recorded, found: _found, ...rest } = facts;
	const { lineage: _lineage, ...compared } = rest as typeof rest & { lineage: unknown };
	return compared;
}
