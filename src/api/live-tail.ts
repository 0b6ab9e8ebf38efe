import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventRow } from "../event/columns.ts";
import type { Database } from "../store/database.ts";
import { cursorAfter } from "../store/inspect/cursor.ts";
import { type EventFilter, idTime } from "../store/inspect/filter.ts";
import { Follower, type News } from "../store/inspect/follow.ts";
import { listEvents } from "../store/inspect/list-events.ts";
import { problemOf } from "./failure.ts";
import type { TailGap } from "./schema/events.ts";
import { end, giveUp, isOver, makeRoom, pushInPieces, tooManyWatch, tooSlow, type Watcher } from "./watchers.ts";
import { answerText, wire } from "./wire.ts";

export interface LiveTailLimits {
	/** Streams at once. */
	readonly watchers: number;
	/** Of these, how many one reader may have. */
	readonly watchersPerReader: number;
	/** What a reader may leave unread before it is dropped. Bytes. */
	readonly unreadBytes: number;
	/** What all readers together may leave unread: beyond it, the one with most is dropped. Bytes. */
	readonly unreadBytesInAll: number;
	/** Events of a look take no more than about this; the newest are kept. Bytes. */
	readonly messageBytes: number;
	/** How often the database is asked. Milliseconds. */
	readonly pollMs: number;
	/** A stream is never silent for longer. Milliseconds. */
	readonly heartbeatMs: number;
}

export const TAIL_LIMITS: LiveTailLimits = {
	watchers: 50,
	watchersPerReader: 10,
	unreadBytes: 1024 * 1024,
	unreadBytesInAll: 16 * 1024 * 1024,
	messageBytes: 1024 * 1024,
	pollMs: 1000,
	heartbeatMs: 15_000,
};

/** What a new reader gets at once; one who resumes may have missed more. */
const FIRST = 50;
const MOST_MISSED = 100;
/** A slow search takes no more than this share of the time. */
const REST_FACTOR = 4;
const AFTER_FAILURE_MS = 5_000;
const LATEST_MS = 8.64e15;

export interface WatchRequest {
	readonly filter: EventFilter;
	/** Who watches: the name of the token. */
	readonly reader: string;
	/** The newest event that the reader has seen already; null: none. */
	readonly after: string | null;
	/** Asked now and then; false: the stream ends. */
	readonly isWelcome: () => boolean;
}

/** Everybody who watches the same filter. */
interface Group {
	readonly filter: EventFilter;
	readonly watchers: Set<Watcher>;
	readonly follower: Follower;
	nextAt: number;
}

/** Server-sent events for whoever watches: one loop asks the database, as long as somebody does. */
export class LiveTail {
	readonly #database: Database;
	readonly #limits: LiveTailLimits;
	readonly #groups = new Map<string, Group>();
	#watchers = 0;
	#dropped = 0;
	#loop: Promise<void> | null = null;
	#wake = new AbortController();
	#closed = false;

	constructor(database: Database, limits = TAIL_LIMITS) {
		this.#database = database;
		this.#limits = limits;
	}

	/** A stream of the newest events of a filter, and of those that follow. @throws ProblemError when too many watch */
	watch({ filter, reader, after, isWelcome }: WatchRequest): Readable {
		if (this.#closed) throw tooManyWatch("the server is stopping");
		makeRoom([...this.#everybody()], reader, this.#limits);
		const stream = new Readable({ read: () => {} });
		const watcher: Watcher = {
			stream,
			reader,
			isWelcome,
			after,
			started: false,
			newest: after,
			saidAt: performance.now(),
		};
		const key = JSON.stringify(filter);
		const group = this.#groups.get(key) ?? this.#newGroup(filter);
		group.watchers.add(watcher);
		group.nextAt = 0;
		this.#groups.set(key, group);
		this.#watchers += 1;
		stream.once("close", () => {
			this.#watchers -= 1;
			group.watchers.delete(watcher);
			if (group.watchers.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key);
		});
		stream.push("retry: 3000\n\n");
		this.#wake.abort();
		this.#loop ??= this.#run();
		return stream;
	}

	#newGroup(filter: EventFilter): Group {
		const follower = new Follower(this.#database, filter, this.#limits.messageBytes);
		return { filter, watchers: new Set(), follower, nextAt: 0 };
	}

	/** How many watch. */
	get watchers(): number {
		return this.#watchers;
	}

	/** How many read too slowly and were dropped. */
	get dropped(): number {
		return this.#dropped;
	}

	/** Ends every stream. */
	async close(): Promise<void> {
		this.#closed = true;
		this.#wake.abort();
		for (const watcher of this.#everybody()) end(watcher, "the server is stopping");
		await this.#loop;
	}

	*#everybody(): Generator<Watcher> {
		for (const group of this.#groups.values()) yield* group.watchers;
	}

	async #run(): Promise<void> {
		while (this.#groups.size > 0 && !this.#closed) {
			this.#wake = new AbortController();
			for (const group of [...this.#groups.values()]) {
				if (group.nextAt <= performance.now() && !this.#closed) await this.#look(group);
			}
			for (const watcher of this.#everybody()) this.#keepAlive(watcher);
			const rest = Math.min(...[...this.#groups.values()].map(({ nextAt }) => nextAt)) - performance.now();
			const pause = Math.min(Math.max(rest, 10), this.#limits.pollMs);
			await sleep(pause, undefined, { signal: this.#wake.signal }).catch(() => {});
		}
		this.#loop = null;
	}

	async #look(group: Group): Promise<void> {
		const begun = performance.now();
		try {
			const news = await group.follower.look();
			for (const watcher of group.watchers) if (watcher.started) this.#tell(watcher, news);
			// After the look: what comes in between is told twice, which a reader that knows ids does not notice, and not
			// never.
			await this.#welcome(group);
			const tookMs = performance.now() - begun;
			group.nextAt = performance.now() + Math.max(this.#limits.pollMs, tookMs * REST_FACTOR);
		} catch (error) {
			group.nextAt = performance.now() + AFTER_FAILURE_MS;
			const problem = problemOf(error);
			const passes = problem.code === "database_unavailable";
			for (const watcher of group.watchers) {
				if (passes) this.#say(watcher, ": the database does not answer\n\n");
				else giveUp(watcher, problem);
			}
		}
	}

	#tell(watcher: Watcher, { fresh, changed, skipped }: News): void {
		if (skipped) this.#sayGap(watcher, watcher.newest, fresh[0]?.created_at);
		if (fresh.length > 0) this.#send(watcher, "events", fresh.toReversed());
		if (changed.length > 0) this.#send(watcher, "changed", changed.toReversed());
	}

	/** The newest events, for those who have just come. */
	async #welcome({ filter, watchers }: Group): Promise<void> {
		const newcomers = [...watchers].filter(({ started }) => !started);
		if (newcomers.length === 0) return;
		// One more than is sent tells whether something is left out.
		const page = await listEvents(this.#database, { filter, limit: MOST_MISSED + 1 });
		const events = page.events.slice(0, MOST_MISSED);
		const reached = page.nextCursor === null ? "" : (page.events.at(-1)?.id ?? "");
		for (const watcher of newcomers) {
			watcher.started = true;
			const { after } = watcher;
			if (after !== null && reached > after) {
				this.#sayGap(watcher, after, page.searchedUntil ?? events.at(-1)?.created_at);
			}
			const unknown = after === null ? events.slice(0, FIRST) : events.filter(({ id }) => id > after);
			const known = after === null ? [] : events.filter(({ id }) => id <= after);
			this.#send(watcher, "events", unknown);
			if (known.length > 0) this.#send(watcher, "changed", known);
		}
	}

	#send(watcher: Watcher, event: "events" | "changed", rows: readonly EventRow[]): void {
		const texts: string[] = [];
		let bytes = 0;
		for (const row of rows) {
			const text = answerText(row);
			bytes += text.length;
			if (texts.length > 0 && bytes > this.#limits.messageBytes) break;
			texts.push(text);
		}
		// What does not fit lies between the last that does and the oldest.
		if (texts.length < rows.length) this.#sayGap(watcher, rows.at(-1)?.id, rows[texts.length - 1]?.created_at);
		const newest = rows[0]?.id;
		if (newest !== undefined && (watcher.newest === null || newest > watcher.newest)) watcher.newest = newest;
		const id = watcher.newest === null ? "" : `id: ${cursorAfter(watcher.newest)}\n`;
		this.#say(watcher, `${id}event: ${event}\ndata: {"events":[${texts.join(",")}]}\n\n`);
	}

	/**
	 * Events that were written after an id and until a time are on record, and not sent. A few of those around them are
	 * within too.
	 */
	#sayGap(watcher: Watcher, above: string | null | undefined, written: Date | undefined): void {
		if (!above || written === undefined) return;
		// A Date has no microseconds: the next one lies behind all of them. The latest that it holds has no next one.
		const until = new Date(Math.min(written.getTime() + 1, LATEST_MS));
		const gap: TailGap = wire({ above, since: idTime(above), until });
		this.#say(watcher, `event: gap\ndata: ${answerText(gap)}\n\n`);
	}

	#keepAlive(watcher: Watcher): void {
		if (!watcher.isWelcome()) end(watcher, "the session has ended");
		else if (performance.now() - watcher.saidAt >= this.#limits.heartbeatMs) this.#say(watcher, ": still here\n\n");
	}

	#say(watcher: Watcher, text: string): void {
		const { stream } = watcher;
		if (isOver(watcher)) return;
		if (stream.readableLength > this.#limits.unreadBytes) {
			this.#drop(watcher);
			return;
		}
		watcher.saidAt = performance.now();
		pushInPieces(stream, text);
		for (const slow of tooSlow([...this.#everybody()], this.#limits.unreadBytesInAll)) {
			this.#drop(slow);
			slow.stream.destroy();
		}
	}

	#drop(watcher: Watcher): void {
		this.#dropped += 1;
		end(watcher, "dropped: it reads too slowly");
	}
}
