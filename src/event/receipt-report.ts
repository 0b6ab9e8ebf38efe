import { DecimalSum } from "./decimal-sum.ts";
import { matchReceipts } from "./receipt-matching.ts";

// What was owed, what Reward acknowledged, and what differs: events and receipts of a span of time, key by key, counted
// by trigger and day. Every event is in exactly one of the classes that "committed" is made of. Times are milliseconds
// since 1970.

/** Where an event stands, as far as the account goes. */
export type Standing = "accepted" | "decided" | "ambiguous" | "pending" | "dead" | "cancelled";

/** An event of a key. */
export interface KeyEvent {
	/** The day it was written, as `2026-03-01`; null: outside the span, but its requests may explain receipts within. */
	readonly day: string | null;
	/** Digits; null: none. */
	readonly value: string | null;
	readonly standing: Standing;
	/** Of its requests that Reward accepted. */
	readonly accepted: readonly number[];
	/** And of the ambiguous ones. */
	readonly ambiguous: readonly number[];
}

export interface KeyReceipt {
	readonly day: string | null;
	readonly value: string | null;
	readonly at: number;
}

/** How many events, and what they are worth. */
export interface Amount {
	readonly events: number;
	/** Exact: digits. */
	readonly value: string;
}

const CLASSES = [
	"committed",
	"accepted",
	"decided",
	"ambiguous",
	"pending",
	"dead",
	"cancelled",
	"confirmed",
	"awaited",
	"missing",
	"ambiguous_with_receipt",
	"possibly_doubled",
	"surplus",
] as const;

export type AccountClass = (typeof CLASSES)[number];

/** A line of the account. */
export interface AccountLine extends Readonly<Record<AccountClass, Amount>> {
	readonly trigger_id: string;
	/** In UTC. */
	readonly day: string;
	/** How long receipts took: of the confirmed ones. Null: there are none. */
	readonly median_delay_ms: number | null;
	readonly p99_delay_ms: number | null;
}

/** Delays of a line that are kept; beyond that every other one is, and so on. */
const MOST_DELAYS = 20_000;

class Line {
	readonly events = new Map<AccountClass, number>();
	readonly values = new Map<AccountClass, DecimalSum>();
	#delays: number[] = [];
	#keepsEvery = 1;
	#seen = 0;

	add(name: AccountClass, value: string | null): void {
		this.events.set(name, (this.events.get(name) ?? 0) + 1);
		const sum = this.values.get(name) ?? new DecimalSum();
		this.values.set(name, sum.add(value));
	}

	addDelay(ms: number): void {
		this.#seen += 1;
		if (this.#seen % this.#keepsEvery !== 0) return;
		this.#delays.push(ms);
		if (this.#delays.length < MOST_DELAYS) return;
		this.#delays = this.#delays.filter((_, index) => index % 2 === 1);
		this.#keepsEvery *= 2;
	}

	amount(name: AccountClass): Amount {
		return { events: this.events.get(name) ?? 0, value: (this.values.get(name) ?? new DecimalSum()).toString() };
	}

	percentile(share: number): number | null {
		const sorted = this.#delays.toSorted((a, b) => a - b);
		return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
	}
}

/** Keeps the account: it is told one key after the other. */
export class Account {
	readonly #lines = new Map<string, Line>();
	readonly #total = new Line();
	readonly #now: number;

	constructor(now: number) {
		this.#now = now;
	}

	/** All events and receipts of one trigger, user and value. */
	addKey(triggerId: string, horizonMs: number, events: readonly KeyEvent[], receipts: readonly KeyReceipt[]): void {
		for (const event of events) this.#addEvent(triggerId, event);
		const received = receipts.toSorted((a, b) => a.at - b.at);
		const times = received.map(({ at }) => at);
		const sure = requestsOf(events, "accepted");
		const doubtful = requestsOf(events, "ambiguous");
		const confirmed = matchReceipts(
			sure.map(({ at }) => at),
			times,
			horizonMs,
		);
		const all = matchReceipts(
			[...sure, ...doubtful].map(({ at }) => at).toSorted((a, b) => a - b),
			times,
			horizonMs,
		);
		let delays = 0;
		const heard = new Map<KeyEvent, number>();
		for (const [index, { event }] of sure.entries()) {
			if (confirmed.confirmed[index] !== true) continue;
			const ms = confirmed.delaysMs[delays++] as number;
			if (!heard.has(event)) heard.set(event, ms);
		}
		for (const event of events.filter(({ accepted }) => accepted.length > 0)) {
			this.#addAccepted(triggerId, event, heard.get(event), horizonMs);
		}
		// Interchangeable: how many, not which.
		for (const { event } of doubtful.slice(0, all.explained - confirmed.explained)) {
			this.#add(triggerId, event, "ambiguous_with_receipt");
		}
		const byTime = new Map(received.map((receipt) => [receipt.at, receipt]));
		for (const at of all.unexplained) this.#add(triggerId, byTime.get(at) as KeyReceipt, "surplus");
	}

	/** By trigger and day. */
	lines(): AccountLine[] {
		return [...this.#lines]
			.map(([name, line]) => {
				const [day = "", trigger = ""] = splitOnce(name);
				return lineOf(trigger, day, line);
			})
			.sort((a, b) => compare(a.trigger_id, b.trigger_id) || compare(a.day, b.day));
	}

	/** Everything together. */
	total(): Omit<AccountLine, "trigger_id" | "day"> {
		const { trigger_id: _, day: __, ...total } = lineOf("", "", this.#total);
		return total;
	}

	#addEvent(triggerId: string, event: KeyEvent): void {
		this.#add(triggerId, event, "committed");
		this.#add(triggerId, event, event.standing);
		if (event.accepted.length > 0 && event.accepted.length + event.ambiguous.length > 1) {
			this.#add(triggerId, event, "possibly_doubled");
		}
	}

	#addAccepted(triggerId: string, event: KeyEvent, delayMs: number | undefined, horizonMs: number): void {
		if (delayMs === undefined) {
			const isAwaited = Math.max(...event.accepted) + horizonMs >= this.#now;
			this.#add(triggerId, event, isAwaited ? "awaited" : "missing");
			return;
		}
		this.#add(triggerId, event, "confirmed");
		this.#addDelay(triggerId, event.day, delayMs);
	}

	#add(
		triggerId: string,
		{ day, value }: { readonly day: string | null; readonly value: string | null },
		name: AccountClass,
	) {
		if (day === null) return;
		this.#line(triggerId, day).add(name, value);
		this.#total.add(name, value);
	}

	#addDelay(triggerId: string, day: string | null, ms: number): void {
		if (day === null) return;
		this.#line(triggerId, day).addDelay(ms);
		this.#total.addDelay(ms);
	}

	#line(triggerId: string, day: string): Line {
		const name = `${day} ${triggerId}`;
		const line = this.#lines.get(name) ?? new Line();
		this.#lines.set(name, line);
		return line;
	}
}

interface Request {
	readonly event: KeyEvent;
	readonly at: number;
}

/** Oldest first. Of what was decided to be delivered nobody accepted anything: its requests are in doubt. */
function requestsOf(events: readonly KeyEvent[], which: "accepted" | "ambiguous"): Request[] {
	return events.flatMap((event) => event[which].map((at) => ({ event, at }))).sort((a, b) => a.at - b.at);
}

function lineOf(trigger_id: string, day: string, line: Line): AccountLine {
	const amounts = Object.fromEntries(CLASSES.map((name) => [name, line.amount(name)])) as Record<AccountClass, Amount>;
	return {
		trigger_id,
		day,
		...amounts,
		median_delay_ms: line.percentile(0.5),
		p99_delay_ms: line.percentile(0.99),
	};
}

function splitOnce(name: string): [day: string, trigger: string] {
	return [name.slice(0, 10), name.slice(11)];
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
