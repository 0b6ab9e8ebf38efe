import { useHistoryState } from "wouter/use-browser-location";
import { Icon } from "../../components/icon.tsx";
import { useQuery, useSetQuery } from "../../components/location.ts";

interface PagerProps {
	readonly nextCursor: string | null;
	readonly refresh: () => unknown;
}

/**
 * Cursors of the pages that led here; "" is the first. A cursor leads to older events only, so the way back has to be
 * kept.
 */
interface Trail {
	readonly trail: readonly string[];
}

/** Goes to the next page and remembers the way back; null: there is none. */
export function useOlder(nextCursor: string | null): (() => void) | null {
	const { cursor = "" } = useQuery();
	const setQuery = useSetQuery();
	const trail = useHistoryState<Trail | null>()?.trail ?? [];
	if (nextCursor === null) return null;
	return () => setQuery({ cursor: nextCursor }, { state: { trail: [...trail, cursor] } });
}

export function Pager({ nextCursor, refresh }: PagerProps) {
	const { cursor = "" } = useQuery();
	const setQuery = useSetQuery();
	const trail = useHistoryState<Trail | null>()?.trail ?? [];
	const newer = trail.at(-1);
	const older = useOlder(nextCursor);
	const go = (to: string, way: readonly string[]) => setQuery({ cursor: to }, { state: { trail: way } });
	return (
		<nav className="row" aria-label="Pages">
			<button type="button" className="button small" onClick={() => void refresh()}>
				<Icon name="operations" />
				Refresh
			</button>
			<button type="button" className="button small" disabled={cursor === ""} onClick={() => go("", [])}>
				Newest
			</button>
			<button
				type="button"
				className="button small"
				disabled={newer === undefined}
				onClick={() => go(newer ?? "", trail.slice(0, -1))}
			>
				Newer
			</button>
			<button type="button" className="button small" disabled={older === null} onClick={() => older?.()}>
				Older
			</button>
		</nav>
	);
}
