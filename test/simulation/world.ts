import type { StateFile } from "../../src/relay/state-file.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import type { Remembered } from "../../src/store/identity.ts";
import type { Settlement } from "../../src/store/settle.ts";
import type { Lease } from "./database/tables.ts";
import { Dice } from "./dice.ts";
import { EventBook } from "./event-book.ts";
import { Invariants } from "./invariants.ts";
import { resolve } from "./operator.ts";
import { Receiver, type Reception } from "./receiver.ts";
import { RelayProcess } from "./relay-process.ts";
import { Road } from "./road.ts";
import { SimulatedDatabase, type Writer } from "./server/database.ts";
import type { Scene, Story } from "./story.ts";
import { Timeline } from "./timeline.ts";
import { Trace, type Who } from "./trace.ts";

/** The wall clock at the beginning of every story. */
const BEGINNING_MS = 1_700_000_000_000;

/** Everything that is in a story, and how it hangs together. */
export class World {
	readonly story: Story;
	readonly timeline = new Timeline();
	readonly database: SimulatedDatabase;
	readonly book = new EventBook();
	readonly trace: Trace;
	readonly invariants: Invariants;
	readonly receiver: Receiver;
	readonly road: Road;
	readonly dice: Dice;
	/** Transactions of the application that are open. */
	readonly writers = new Set<Writer>();
	/** As the file of each relay says it. */
	key = "sk_test_0";
	/** The one that runs under each number, or ran last. */
	readonly relays: RelayProcess[] = [];
	readonly #memories: (Remembered | null)[] = [];
	#clockOffMs = 0;
	#ids = 0;

	constructor(story: Story, keepsLines: boolean) {
		this.story = story;
		this.trace = new Trace(keepsLines);
		this.dice = new Dice(story.seed ^ 0x5eed);
		const { timeline, book } = this;
		this.database = new SimulatedDatabase({
			now: () => BEGINNING_MS + timeline.now + this.#clockOffMs,
			onCommitted: () => this.#committed(),
		});
		const { tables } = this.database;
		this.invariants = new Invariants({
			tables,
			book,
			now: () => timeline.now,
			wallMs: () => this.database.now,
			mostInFlight: 2 * story.concurrency,
			clocksAgree: !story.scenes.some(setsClocks),
		});
		this.receiver = new Receiver(this.dice.apart(), this.key);
		this.road = new Road({
			timeline,
			dice: this.dice.apart(),
			receiver: this.receiver,
			onReception: (request, reception) => this.#received(request as ClaimedEvent, reception),
		});
		for (const { id, atMostOnce, maxAttempts, maxInFlight, ratePerSecond } of story.triggers)
			this.database.operate.set(id, {
				mode: atMostOnce ? "at_most_once" : "at_least_once",
				max_attempts: maxAttempts,
				max_in_flight: maxInFlight,
				rate_per_second: ratePerSecond,
			});
		for (let n = 0; n < story.relays; n++) this.startRelay(n);
	}

	setClock(byMs: number): void {
		this.#clockOffMs += byMs;
	}

	note(from: Who, to: Who, what: string, events?: readonly number[]): void {
		this.trace.add(this.timeline.now, from, to, what, events);
	}

	/** What a statement did, and whether that may be. */
	#committed(): void {
		const { book, invariants, database } = this;
		for (const lease of database.tables.claims.values()) if (book.claimed(lease)) this.#claimed(lease);
		invariants.check();
	}

	#claimed({ relayNo, events }: Lease): void {
		const who = this.database.tables.relays.get(relayNo)?.name as Who;
		this.note(
			"database",
			who,
			"claimed",
			events.map(({ event }) => this.book.numberOf(event.id)),
		);
		for (const { event } of events) this.invariants.claimed(event);
	}

	/** All that was committed has ended, and no request is under way. */
	get isAtRest(): boolean {
		return this.invariants.isAtRest && this.relays.every(({ inFlight }) => inFlight === 0);
	}

	/** A person sees to what waits for one: triggers that are paused, and uncertain events that hold up others. */
	attend(): void {
		const { tables, operate } = this.database;
		for (const { triggerId, pausedAt } of tables.triggers.values()) {
			if (pausedAt === null) continue;
			this.note("operator", "database", `resume ${triggerId}`);
			operate.resume(triggerId);
		}
		for (const states of [...tables.ordered.values()])
			for (const { event, status } of [...states])
				if (status === "uncertain" && states.size > 1) resolve(this, event.id);
	}

	startRelay(no: number): void {
		const { story, timeline, dice, database, road } = this;
		const who = `relay ${no}` as const;
		const relay = new RelayProcess({
			name: who,
			settings: story,
			timeline,
			dice: dice.apart(),
			database,
			road,
			newId: () => this.#newId(),
			readKey: () => this.key,
			stateFile: no === 0 ? this.#stateFile(no) : null,
			onCall: (name, args) => this.#called(who, name, args),
			onMishap: (call, mishap) => this.note(who, "database", `${call}: ${mishap}`),
			onSent: (event) => this.#sent(no, event),
			onOutcome: (event, outcome) => this.#outcome(who, event, outcome),
			onLog: (message, error) => this.#logged(who, message, error),
			onEnd: () => this.note(who, who, "ends"),
		});
		this.relays[no] = relay;
		this.note(who, who, "starts");
		relay.start();
	}

	#newId(): string {
		return `00000000-0000-4000-9000-${(++this.#ids).toString(16).padStart(12, "0")}`;
	}

	/** Outlives the relay's process. */
	#stateFile(no: number): StateFile {
		return {
			read: async () => this.#memories[no] ?? null,
			write: async (remembered) => {
				this.#memories[no] = remembered;
			},
		};
	}

	/** A statement leaves a relay. */
	#called(who: Who, name: string, args: readonly unknown[]): void {
		const { book } = this;
		if (name === "giveBack") {
			const [leaseId, eventIds] = args as [string, readonly string[] | null];
			book.returned(leaseId, eventIds);
			this.note(who, "database", "giveBack", book.numbers(eventIds ?? []));
		} else if (name === "settleAccepted" || name === "settleFailed") {
			const batch = args[name === "settleAccepted" ? 1 : 0] as readonly Settlement[];
			this.note(who, "database", name, book.numbers(batch.map(({ event }) => event.eventId)));
		} else this.note(who, "database", name);
	}

	#sent(no: number, event: ClaimedEvent): void {
		const who = `relay ${no}` as const;
		this.note(who, "Reward", "POST", this.book.numbers([event.eventId]));
		this.invariants.leaves(event);
		this.book.leaves(event);
		this.invariants.inFlight(who, (this.relays[no] as RelayProcess).inFlight + 1);
	}

	#received(event: ClaimedEvent, { weather, isApplied }: Reception): void {
		this.note("Reward", "Reward", `${weather}${isApplied ? ", applied" : ""}`, this.book.numbers([event.eventId]));
		if (!isApplied) return;
		const expected = this.book.applied(event);
		if (expected !== undefined) this.invariants.applied(expected);
	}

	#outcome(who: Who, event: ClaimedEvent, outcome: string): void {
		this.note("Reward", who, outcome, this.book.numbers([event.eventId]));
		if (outcome === "accepted") this.book.accepted(event);
	}

	/** What a relay logs as an error, apart from a pause, is a bug: a statement of its own was refused. */
	#logged(who: Who, message: string, error: unknown): void {
		this.note(who, who, message);
		if (error === undefined) return;
		const stack = error instanceof Error ? error.stack : String(error);
		this.invariants.violated("a statement", `${who}: ${message}: ${stack}`);
	}
}

function setsClocks(scene: Scene): boolean {
	return scene.does === "set clock" || (scene.does === "freeze" && scene.withClock);
}
