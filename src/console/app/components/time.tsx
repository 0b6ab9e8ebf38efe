import { useState } from "react";
import { spanInWords } from "../../../words/span.ts";
import { useTimedText } from "./clock.ts";
import { useIsOneLine } from "./one-line.ts";

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const ZONE = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });
const JUST_NOW_MS = 1500;
const COARSE_AFTER_MS = 60_000;

export function localTime(iso: string): string {
	return LOCAL.format(new Date(iso));
}

function utcTime(iso: string): string {
	return `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

function zoneName(iso: string): string {
	return ZONE.formatToParts(new Date(iso)).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** `3 min ago`, `in 2 h 5 min`, `just now`. */
function relativeTime(iso: string, nowMs: number): string {
	const ms = Date.parse(iso) - nowMs;
	if (Math.abs(ms) < JUST_NOW_MS) return "just now";
	// Seconds matter in the first minute only; after that they would make the whole page flicker.
	const coarse = Math.abs(ms) > COARSE_AFTER_MS ? Math.round(ms / 60_000) * 60_000 : ms;
	const span = spanInWords(Math.trunc(coarse / 1000) * 1000);
	return ms < 0 ? `${span} ago` : `in ${span}`;
}

interface TimeProps {
	/** ISO 8601. */
	readonly at: string;
	/** `relative` (default): how long ago. `local`: date and time in the viewer's zone. `both`: the two. */
	readonly show?: "relative" | "local" | "both";
}

/**
 * A moment: an age or local time to read, UTC for the pointer that rests on it and for the keyboard that reaches it.
 */
export function Time({ at, show = "relative" }: TimeProps) {
	const [focused, setFocused] = useState(false);
	const isOneLine = useIsOneLine();
	const relative = useTimedText((nowMs) => relativeTime(at, nowMs));
	const local = localTime(at);
	const text = { relative, local, both: `${local} (${relative})` }[show];
	return (
		<time
			dateTime={at}
			title={`${local} ${zoneName(at)}\n${utcTime(at)}`}
			// Those without a pointer read UTC by focusing it; in a list of events the event's own page is for that.
			tabIndex={isOneLine ? undefined : 0}
			onFocus={() => setFocused(true)}
			onBlur={() => setFocused(false)}
		>
			{focused ? utcTime(at) : text}
		</time>
	);
}

/** How long something has lasted. */
export function Since({ at }: { readonly at: string }) {
	return useTimedText((nowMs) => spanInWords(Math.max(0, Math.trunc((nowMs - Date.parse(at)) / 1000) * 1000)));
}
