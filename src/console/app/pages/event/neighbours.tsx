import { Link } from "wouter";
import { eventPath } from "../../components/location.ts";

let list: readonly string[] = [];

/** The list that was looked at last: its events are each other's neighbours. */
export function rememberList(ids: readonly string[]): void {
	list = ids;
}

/** The way through the list without going back to it. */
export function Neighbours({ id }: { readonly id: string }) {
	const index = list.indexOf(id);
	if (index === -1) return null;
	return (
		<nav className="row tight" aria-label="Events of the list">
			<Neighbour id={list[index - 1]} name="Previous" />
			<Neighbour id={list[index + 1]} name="Next" />
			<span className="small muted num">
				{index + 1} of {list.length}
			</span>
		</nav>
	);
}

function Neighbour({ id, name }: { readonly id: string | undefined; readonly name: string }) {
	if (id === undefined) return null;
	return (
		<Link href={eventPath(id)} className="button small">
			{name}
		</Link>
	);
}
