import type { Claim, ClaimedEvent } from "../../../src/store/claim.ts";
import type { RememberedResult } from "../../../src/store/identity.ts";
import type { NewEvent } from "../database/writers.ts";
import { timeOrderedId } from "../database/writers.ts";
import { type Known, newLeaseId } from "./known.ts";
import { actAsRelay, actOnIdentity } from "./relay-steps.ts";
import { settle, settleReaped } from "./settling.ts";
import type { Side } from "./side.ts";
import type { Draft, Step } from "./steps.ts";

/** One step, ready to be made on either side. */
export interface Move {
	on(side: Side): Promise<unknown>;
	/** What follows from the answer, on which both agree. */
	learn?(answer: unknown): void;
}

/** The writer of transactions that end where they begin. */
const AT_ONCE = -1;

/** What a step comes to at this point; null: nothing. */
export function act(step: Step, known: Known): Move | null {
	switch (step.do) {
		case "begin":
			return known.writing.has(step.writer) ? null : begin(known, step.writer);
		case "insert":
			return insert(known, step.writer, step.event);
		case "commit":
		case "rollback":
			return end(known, step.writer, step.do);
		case "write":
			return write(known, step.events);
		case "pass":
			return pass(known, step.ms);
		case "claim":
			return claim(known, step);
		case "settle":
			return settle(known, step);
		case "give back":
			return giveBack(known, step);
		case "reap":
			return { on: (side) => settleReaped(side, step) };
		case "tidy":
			return { on: (side) => side.store.tidy() };
		case "testify":
			return testify(known, step);
		case "prove":
		case "look":
		case "vouch":
		case "doubt":
		case "follow":
		case "adopt unused":
			return { on: (side) => actOnIdentity(known, side, step) };
		case "connect":
		case "cut":
		case "beat":
		case "stop":
		case "lock":
		case "unlock":
		case "check in":
		case "wake":
			return { on: (side) => actAsRelay(known, side, step) };
		default:
			return operate(known, step);
	}
}

type Operation = Extract<
	Step,
	{ do: "pause" | "resume" | "fault" | "set" | "retry" | "cancel" | "resolve" | "prune" | "adopt" | "ask" }
>;

function operate(known: Known, step: Operation): Move | null {
	switch (step.do) {
		case "pause":
			return { on: (side) => side.pause(step.trigger, "for a reason", "somebody") };
		case "resume":
			return { on: (side) => side.resume(step.trigger) };
		case "fault":
			return {
				on: ({ store }) => store.pauseForFault(step.trigger, "relay 1", "unknown_trigger", "404", step.probeEveryMs),
			};
		case "set":
			return { on: (side) => side.set(step.trigger, step.changes) };
		case "retry": {
			const ids = eventsOf(known, step.events);
			return ids.length === 0 ? null : { on: (side) => sorted(side.retry(ids, step.allowDuplicates)) };
		}
		case "cancel": {
			const ids = eventsOf(known, step.events);
			return ids.length === 0 ? null : { on: (side) => sorted(side.cancel(ids, "not wanted")) };
		}
		case "resolve": {
			const [id] = eventsOf(known, [step.event]);
			return id === undefined ? null : { on: (side) => side.resolve(id, step.delivered, "found out") };
		}
		case "prune":
			return { on: (side) => side.prune(known.now - step.agoMs, step.limit) };
		case "adopt":
			return { on: (side) => side.adopt(step.cancelBacklog) };
		case "ask":
			return ask(known, step);
		default:
			return step satisfies never;
	}
}

/** When the clock goes back, somebody has looked before, and looks afterwards. */
function pass(known: Known, ms: number): Move {
	known.now += ms;
	const { now } = known;
	return {
		async on(side) {
			if (ms < 0) await side.store.tidy();
			await side.setClock(now);
			if (ms < 0) await side.store.tidy();
		},
	};
}

function begin(known: Known, writer: number): Move {
	return { on: (side) => side.begin(writer), learn: () => known.writing.add(writer) };
}

function insert(known: Known, writer: number, draft: Draft): Move {
	const event = newEvent(known, draft);
	const begins = !known.writing.has(writer);
	return {
		async on(side) {
			if (begins) await side.begin(writer);
			await side.insert(writer, event);
		},
		learn: () => known.writing.add(writer),
	};
}

function end(known: Known, writer: number, how: "commit" | "rollback"): Move | null {
	if (!known.writing.delete(writer)) return null;
	return { on: (side) => side[how](writer) };
}

function write(known: Known, drafts: readonly Draft[]): Move {
	const events = drafts.map((draft) => newEvent(known, draft));
	return {
		async on(side) {
			await side.begin(AT_ONCE);
			try {
				for (const event of events) await side.insert(AT_ONCE, event);
			} catch (error) {
				await side.rollback(AT_ONCE);
				throw error;
			}
			await side.commit(AT_ONCE);
		},
	};
}

function newEvent(known: Known, draft: Draft): NewEvent {
	const id = timeOrderedId(known.now, known.count++);
	known.ids.unshift(id);
	const { trigger, user, orderingKey, capturedKey, idempotencyKey, delayMs, size } = draft;
	return {
		id,
		triggerId: trigger,
		userId: user,
		payload: `{"note": "${"x".repeat(size - 12)}"}`,
		orderingKey,
		capturedKey,
		idempotencyKey,
		source: capturedKey === null ? null : "a_watch",
		deliverAfter: delayMs === null ? null : known.now + delayMs,
	};
}

function claim(known: Known, step: Extract<Step, { do: "claim" }>): Move {
	const { limit, lookForDue, heldBack, probing, leaseMs } = step;
	const leases = { headLease: newLeaseId(known), dueLease: newLeaseId(known) };
	const relayNo = known.relayNos[step.relay] as number;
	return {
		async on(side) {
			const remembered = step.isKnown ? (known.remembered.get(side)?.get(step.relay) ?? null) : null;
			const request = { relayNo, ...leases, leaseMs, limit, lookForDue, heldBack, probing, known: remembered };
			const { events, ...rest } = await side.store.claim(request);
			return { events: events.toSorted(byEvent), ...rest };
		},
		learn(answer) {
			const { events } = answer as Partial<Claim>;
			if (events !== undefined && events.length > 0) known.claims.unshift(events);
		},
	};
}

function giveBack(known: Known, step: Extract<Step, { do: "give back" }>): Move | null {
	const claimed = known.claims[step.claim % known.claims.length];
	if (claimed === undefined) return null;
	const chosen = claimed.filter((_, n) => n % (step.every + 1) === 0);
	return {
		async on({ store }) {
			const counts: number[] = [];
			for (const [leaseId, events] of Map.groupBy(chosen, (event) => event.leaseId)) {
				const ids = step.every === 0 ? null : events.map(({ eventId }) => eventId);
				counts.push(await store.giveBack(leaseId, ids));
			}
			return counts;
		},
	};
}

function testify(known: Known, step: Extract<Step, { do: "testify" }>): Move | null {
	const results = eventsOf(known, step.events).map(
		(id): RememberedResult => ({
			event_id: id,
			trigger_id: "a",
			user_id: "u1",
			attempt: 1 + (known.count % 2),
			outcome: step.outcome,
			http_status: null,
			error_code: step.outcome === "accepted" ? null : "remembered",
			error_message: null,
			duration_ms: 7,
			age_ms: 100_000 + known.count++,
		}),
	);
	const relay = { relayNo: known.relayNos[step.relay] as number, name: `relay ${step.relay + 1}` };
	return results.length === 0 ? null : { on: ({ store }) => store.testify(relay, results, true) };
}

function ask(known: Known, { event, trigger }: Extract<Step, { do: "ask" }>): Move | null {
	const [id] = eventsOf(known, [event]);
	if (id === undefined) return null;
	return {
		on: async ({ store }) => ({
			earlier: (await store.earlierAttempts(id, 4, 9)).toSorted((a, b) => (show(a) < show(b) ? -1 : 1)),
			acceptedSince: await store.triggerAcceptedSince(trigger, id),
		}),
	};
}

/** Every other number is about events that failed. */
function eventsOf({ ids, failed }: Known, numbers: readonly number[]): string[] {
	const listFor = (n: number) => (n % 2 === 0 && failed.length > 0 ? failed : ids);
	const chosen = numbers.map((n) => listFor(n)[(n >> 1) % listFor(n).length]);
	return [...new Set(chosen)].filter((id) => id !== undefined);
}

async function sorted<Row extends { readonly event_id: string }>(rows: Promise<Row[]>): Promise<Row[]> {
	return (await rows).toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1));
}

function byEvent(a: ClaimedEvent, b: ClaimedEvent): number {
	return a.eventId < b.eventId ? -1 : 1;
}

function show({ attempt, outcome }: { readonly attempt: number; readonly outcome: string }): string {
	return `${attempt} ${outcome}`;
}
