import { Link, useRoute } from "wouter";
import { Icon, type IconName } from "./icon.tsx";

const PLACES: readonly (readonly [path: string, name: string, icon: IconName])[] = [
	["/", "Overview", "overview"],
	["/failures", "Failures", "alert"],
	["/events", "Events", "events"],
	["/bulk", "Bulk", "bulk"],
	["/triggers", "Triggers", "triggers"],
	["/watches", "Watches", "watches"],
	["/receipts", "Receipts", "receipts"],
	["/retention", "Retention", "retention"],
	["/operations", "Operations log", "operations"],
];

interface NavProps {
	/** What needs a person, by how many things. */
	readonly attention: number;
	readonly onGo: () => void;
}

export function Nav({ attention, onGo }: NavProps) {
	return (
		<nav className="nav" aria-label="Console">
			<ul>
				{PLACES.map(([path, name, icon]) => (
					<li key={path}>
						<NavLink path={path} name={name} icon={icon} count={path === "/" ? attention : 0} onGo={onGo} />
					</li>
				))}
			</ul>
		</nav>
	);
}

interface NavLinkProps {
	readonly path: string;
	readonly name: string;
	readonly icon: IconName;
	readonly count: number;
	readonly onGo: () => void;
}

function NavLink({ path, name, icon, count, onGo }: NavLinkProps) {
	const [isHere] = useRoute(path);
	const [isBelow] = useRoute(`${path}/*`);
	const current = isHere ? "page" : path !== "/" && isBelow ? "true" : undefined;
	return (
		<Link href={path} aria-current={current} onClick={onGo}>
			<Icon name={icon} />
			{name}
			{count === 0 ? null : (
				<span className="badge tone-bad count">
					{count}
					<span className="visually-hidden"> {count === 1 ? "thing needs" : "things need"} a person</span>
				</span>
			)}
		</Link>
	);
}
