import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useSession, useSignOut } from "../session/session.tsx";
import { Badge } from "./badge.tsx";
import { CrashGuard } from "./crash-guard.tsx";
import { DatabaseSwitch } from "./database-switch.tsx";
import { Find } from "./find.tsx";
import { Icon } from "./icon.tsx";
import { Nav } from "./nav.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { ThemeSwitch } from "./theme.tsx";

interface ShellProps {
	readonly attention: number;
	readonly children: ReactNode;
}

/** What is around every page. */
export function Shell({ attention, children }: ShellProps) {
	const [isMenuOpen, setMenuOpen] = useState(false);
	const [path] = useLocation();
	// biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top
	useEffect(() => {
		// Nothing is returned: in some browsers scrolling returns a promise, and React would take it for a clean-up.
		window.scrollTo(0, 0);
	}, [path]);
	return (
		<div className="shell">
			<a className="skip" href="#main">
				Skip to the content
			</a>
			<header className="side">
				<div className="side-head">
					<Link href="/" className="brand">
						<Icon name="inbox" />
						reward-outbox
					</Link>
					<button
						type="button"
						className="button quiet menu-button"
						aria-expanded={isMenuOpen}
						aria-controls="menu"
						onClick={() => setMenuOpen(!isMenuOpen)}
					>
						<Icon name={isMenuOpen ? "cross" : "menu"} />
						Menu
					</button>
				</div>
				<div id="menu" className="side-body" data-open={isMenuOpen}>
					<DatabaseSwitch />
					<Nav attention={attention} onGo={() => setMenuOpen(false)} />
					<SideFoot />
				</div>
			</header>
			<main id="main" className="main" tabIndex={-1}>
				<div className="topline">
					<Find />
				</div>
				<div className="main-inner">
					<CrashGuard place={path}>{children}</CrashGuard>
				</div>
			</main>
		</div>
	);
}

function SideFoot() {
	const { name, role, version } = useSession();
	const signOut = useSignOut();
	return (
		<div className="side-foot">
			<div className="who">
				<span title={name}>{name}</span>
				<Badge tone={role === "operator" ? "info" : "neutral"} icon="person">
					{role}
				</Badge>
			</div>
			<div className="row">
				<ThemeSwitch />
				<Shortcuts />
			</div>
			<div className="row between">
				<span>v{version}</span>
				<button type="button" className="button quiet small" onClick={signOut}>
					<Icon name="out" />
					Sign out
				</button>
			</div>
		</div>
	);
}
