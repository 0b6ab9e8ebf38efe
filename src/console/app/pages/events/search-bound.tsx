import { Note } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { useOlder } from "./pager.tsx";

interface SearchBoundProps {
	/** What was written from this time on has been looked at. */
	readonly until: string;
	readonly nextCursor: string | null;
}

/** One search does a bounded amount of work, so that it never slows the delivery: what it has seen, and the way on. */
export function SearchBound({ until, nextCursor }: SearchBoundProps) {
	const older = useOlder(nextCursor);
	return (
		<div className="row">
			<Note tone="info" icon="search">
				<p>
					Searched back to <Time at={until} show="both" />; older events have not been looked at yet.
				</p>
				{older === null ? null : (
					<button type="button" className="button small" onClick={older}>
						Search further back
					</button>
				)}
			</Note>
		</div>
	);
}
