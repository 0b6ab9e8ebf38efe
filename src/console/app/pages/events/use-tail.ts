import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { EventRow, TailGap, TailMessage } from "../../../../api/schema/events.ts";
import { tailAddress } from "../../api/calls.ts";
import { readJson } from "../../api/exact-numbers.ts";
import type { EventFilter } from "./filter.ts";
import { mergeRows } from "./merge-rows.ts";

const REOPEN_MS = 3000;
const MOST_GAPS = 20;

type TailState = "connecting" | "live" | "reconnecting";

export interface Tail {
	/** Newest first. */
	readonly rows: readonly EventRow[];
	/** Where events are missing: written, and not sent here. */
	readonly gaps: readonly TailGap[];
	/** Those that came after the first answer: new, or changed. */
	readonly fresh: ReadonlySet<string>;
	readonly state: TailState;
	/** What the server says is wrong; null: nothing. */
	readonly problem: string | null;
	/** New events that wait while the tail is paused. */
	readonly waiting: number;
}

const NOTHING: Tail = { rows: [], gaps: [], fresh: new Set(), state: "connecting", problem: null, waiting: 0 };

/** Follows events as they are committed, while the tab is visible. */
export function useTail(filter: EventFilter, isPaused: boolean): Tail {
	const [tail, setTail] = useState(NOTHING);
	const [shown, setShown] = useState<readonly EventRow[] | null>(null);
	const queries = useQueryClient();
	const key = JSON.stringify(filter);
	const latest = useRef(tail);
	latest.current = tail;
	useEffect(() => {
		setTail(NOTHING);
		const receive = (text: string, isFirst: boolean) => {
			const { events } = readJson(text) as TailMessage;
			setTail(({ rows, gaps }) => ({
				rows: mergeRows(rows, events),
				gaps,
				fresh: isFirst ? new Set() : new Set(events.map(({ id }) => id)),
				state: "live",
				problem: null,
				waiting: 0,
			}));
		};
		const onGap = (gap: TailGap) =>
			setTail((before) => ({ ...before, gaps: [gap, ...before.gaps].slice(0, MOST_GAPS) }));
		const setState = (state: TailState) => setTail((before) => ({ ...before, state }));
		const onProblem = (problem: string) => setTail((before) => ({ ...before, problem }));
		// A closed stream does not say why: perhaps the session has ended.
		const onClosed = () => void queries.invalidateQueries({ queryKey: ["session"] });
		const addressAfter = (lastEventId: string) => tailAddress(JSON.parse(key) as EventFilter, lastEventId);
		return follow(addressAfter, { receive, onGap, setState, onProblem, onClosed });
	}, [key, queries]);
	useEffect(() => setShown(isPaused ? latest.current.rows : null), [isPaused]);
	if (shown === null) return tail;
	const known = new Set(shown.map(({ id }) => id));
	return { ...tail, rows: shown, fresh: new Set(), waiting: tail.rows.filter(({ id }) => !known.has(id)).length };
}

interface TailHandlers {
	readonly receive: (text: string, isFirst: boolean) => void;
	readonly onGap: (gap: TailGap) => void;
	readonly setState: (state: TailState) => void;
	readonly onProblem: (problem: string) => void;
	readonly onClosed: () => void;
}

/**
 * Keeps one stream open while the tab is visible; each one goes on where the one before ended. Returns what ends it.
 */
function follow(
	addressAfter: (lastEventId: string) => string,
	{ receive, onGap, setState, onProblem, onClosed }: TailHandlers,
): () => void {
	let source: EventSource | null = null;
	let timer: number | undefined;
	let isFirst = true;
	let last = "";
	const close = () => {
		window.clearTimeout(timer);
		source?.close();
		source = null;
	};
	const open = () => {
		close();
		source = new EventSource(addressAfter(last));
		const listen = ({ data, lastEventId }: MessageEvent<string>) => {
			last = lastEventId;
			receive(data, isFirst);
			isFirst = false;
		};
		source.addEventListener("open", () => setState("live"));
		source.addEventListener("events", listen);
		source.addEventListener("changed", listen);
		source.addEventListener("gap", ({ data }: MessageEvent<string>) => onGap(JSON.parse(data) as TailGap));
		source.addEventListener("problem", ({ data }: MessageEvent<string>) => {
			const { title, detail } = JSON.parse(data) as { title?: string; detail?: string };
			onProblem(detail ?? title ?? "the server ended the live tail");
		});
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
