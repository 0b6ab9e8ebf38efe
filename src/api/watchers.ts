import type { Readable } from "node:stream";
import { documentOf, ProblemError, type ProblemInit } from "../http/problem.ts";

/** A stream of the live tail, and whose it is. */
export interface Watcher {
	readonly stream: Readable;
	readonly reader: string;
	readonly isWelcome: () => boolean;
	readonly after: string | null;
	started: boolean;
	newest: string | null;
	saidAt: number;
}

const ended = new WeakSet<Readable>();

/** Bytes that are handed on at once. */
const PIECE_BYTES = 64 * 1024;

/**
 * Makes room for one more stream. Everybody has a share; where all is taken, a reader with fewer streams gets one of
 * whoever has most.
 *
 * @throws ProblemError too_many_watchers
 */
export function makeRoom(
	all: readonly Watcher[],
	reader: string,
	{ watchers, watchersPerReader }: { readonly watchers: number; readonly watchersPerReader: number },
): void {
	const live = all.filter((watcher) => !isOver(watcher));
	const byReader = Map.groupBy(live, (watcher) => watcher.reader);
	const own = byReader.get(reader)?.length ?? 0;
	if (own >= watchersPerReader) throw tooManyWatch(`${reader} watches with ${own} pages already`);
	if (live.length < watchers) return;
	const [most = []] = [...byReader.values()].sort((a, b) => b.length - a.length);
	const [oldest] = most;
	if (oldest === undefined || most.length <= own + 1) throw tooManyWatch(`${watchers} pages watch already`);
	giveUp(oldest, tooManyWatch("somebody else watches now, and this token has the most pages that do").problem);
}

/** Those to drop so that the others together leave no more than `mostBytes` unread: whoever leaves most, first. */
export function tooSlow(all: readonly Watcher[], mostBytes: number): Watcher[] {
	const unread = ({ stream }: Watcher) => stream.readableLength;
	const slowest = all.filter(({ stream }) => !stream.destroyed).sort((a, b) => unread(b) - unread(a));
	let sum = slowest.reduce((total, watcher) => total + unread(watcher), 0);
	const kept = slowest.findIndex((watcher) => {
		if (sum <= mostBytes) return true;
		sum -= unread(watcher);
		return false;
	});
	return kept === -1 ? slowest : slowest.slice(0, kept);
}

/** Of one large piece a socket takes all, and nobody would see how much of it is unread. */
export function pushInPieces(stream: Readable, text: string): void {
	const bytes = Buffer.from(text);
	for (let from = 0; from < bytes.length; from += PIECE_BYTES) stream.push(bytes.subarray(from, from + PIECE_BYTES));
}

/** Nothing more is said on it. */
export function isOver({ stream }: Watcher): boolean {
	return stream.destroyed || ended.has(stream);
}

export function tooManyWatch(detail: string): ProblemError {
	return new ProblemError({ status: 503, code: "too_many_watchers", detail, hint: "close one of them" });
}

/** Says why, and ends it. */
export function giveUp(watcher: Watcher, problem: ProblemInit): void {
	const { stream } = watcher;
	if (isOver(watcher)) return;
	stream.push(`event: problem\ndata: ${JSON.stringify(documentOf(problem))}\n\n`);
	end(watcher, "given up");
}

/** The last word of a stream. */
export function end(watcher: Watcher, why: string): void {
	const { stream } = watcher;
	if (isOver(watcher)) return;
	ended.add(stream);
	stream.push(`: ${why}\n\n`);
	stream.push(null);
}
