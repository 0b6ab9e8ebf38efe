import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { EventFilterQuery, EventRow, TailMessage } from "../../../../api/schema/events.ts";
import { tailAddress } from "../../api/calls.ts";
import { readJson } from "../../api/exact-numbers.ts";

/** Rows kept in sight: the page would become slow with all of a busy day. */
const MOST_ROWS = 300;
const REOPEN_MS = 3000;

export type TailState = "connecting" | "live" | "reconnecting";

export interface Tail {
	/** Newest first. */
	readonly rows: readonly EventRow[];
	/** Those that came after the first answer: new, or changed. */
	readonly fresh: ReadonlySet<string>;
	readonly state: TailState;
	/** New events that wait while the tail is paused. */
	readonly waiting: number;
}

const NOTHING: Tail = { rows: [], fresh: new Set(), state: "connecting", waiting: 0 };

/** New events put on top of those that are there; one that is known already is replaced where it stands. */
export function mergeRows(rows: readonly EventRow[], news: readonly EventRow[]): EventRow[] {
	const byId = new Map(news.map((row) => [row.id, row]));
	const known = new Set(rows.map(({ id }) => id));
	const added = news.filter(({ id }) => !known.has(id));
	// After a long interruption the newest events no longer reach those on the page: what is between is not known here.
	const isGap = rows.length > 0 && news.length > 1 && added.length === news.length && added.length >= 50;
	const kept = isGap ? [] : rows.map((row) => byId.get(row.id) ?? row);
	return [...added, ...kept].slice(0, MOST_ROWS);
}

/** Follows events as they are committed, while the tab is visible. */
export function useTail(filter: EventFilterQuery, isPaused: boolean): Tail {
	const [tail, setTail] = useState(NOTHING);
	const [shown, setShown] = useState<readonly EventRow[] | null>(null);
	const queries = useQueryClient();
	const url = tailAddress(filter);
	const latest = useRef(tail);
	latest.current = tail;
	useEffect(() => {
		setTail(NOTHING);
		const receive = (text: string, isFirst: boolean) => {
			const { events } = readJson(text) as TailMessage;
			setTail(({ rows }) => ({
				rows: mergeRows(rows, events),
				fresh: isFirst ? new Set() : new Set(events.map(({ id }) => id)),
				state: "live",
				waiting: 0,
			}));
		};
		const setState = (state: TailState) => setTail((before) => ({ ...before, state }));
		// A closed stream does not say why: perhaps the session has ended.
		const onClosed = () => void queries.invalidateQueries({ queryKey: ["session"] });
		return follow(url, { receive, setState, onClosed });
	}, [url, queries]);
	useEffect(() => setShown(isPaused ? latest.current.rows : null), [isPaused]);
	if (shown === null) return tail;
	const known = new Set(shown.map(({ id }) => id));
	return { ...tail, rows: shown, fresh: new Set(), waiting: tail.rows.filter(({ id }) => !known.has(id)).length };
}

interface Follower {
	readonly receive: (text: string, isFirst: boolean) => void;
	readonly setState: (state: TailState) => void;
	readonly onClosed: () => void;
}

/** Keeps one stream open while the tab is visible. Returns what ends it. */
function follow(url: string, { receive, setState, onClosed }: Follower): () => void {
	let source: EventSource | null = null;
	let timer: number | undefined;
	let isFirst = true;
	const close = () => {
		window.clearTimeout(timer);
		source?.close();
		source = null;
	};
	const open = () => {
		close();
		source = new EventSource(url);
		const listen = ({ data }: MessageEvent<string>) => {
			receive(data, isFirst);
			isFirst = false;
		};
		source.addEventListener("open", () => setState("live"));
		source.addEventListener("events", listen);
		source.addEventListener("changed", listen);
		source.addEventListener("error", () => {
			setState("reconnecting");
			// A stream that broke is opened again by the browser; one that was refused is not.
			if (source?.readyState !== EventSource.CLOSED) return;
			onClosed();
			timer = window.setTimeout(open, REOPEN_MS);
		});
	};
	const followVisibility = () => (document.hidden ? close() : open());
	followVisibility();
	document.addEventListener("visibilitychange", followVisibility);
	return () => {
		document.removeEventListener("visibilitychange", followVisibility);
		close();
	};
}
