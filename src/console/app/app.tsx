import { useQuery } from "@tanstack/react-query";
import { Link, Route, Router, Switch } from "wouter";
import { overviewQuery } from "./api/queries.ts";
import { every } from "./api/repeat.ts";
import { Announcer } from "./components/announcer.tsx";
import { DATABASE } from "./components/database.ts";
import { BASE, useTitle } from "./components/location.ts";
import { PageHead } from "./components/panel.tsx";
import { PreferenceSync } from "./components/preferences.tsx";
import { Shell } from "./components/shell.tsx";
import { BackfillsPage } from "./pages/backfills/backfills-page.tsx";
import { BulkPage } from "./pages/bulk/bulk-page.tsx";
import { DatabasesPage } from "./pages/databases/databases-page.tsx";
import { EventPage } from "./pages/event/event-page.tsx";
import { EventsPage } from "./pages/events/events-page.tsx";
import { FailuresPage } from "./pages/failures/failures-page.tsx";
import { FindPage } from "./pages/find/find-page.tsx";
import { OperationsPage } from "./pages/operations/operations-page.tsx";
import { OverviewPage } from "./pages/overview/overview-page.tsx";
import { ReceiptsPage } from "./pages/receipts/receipts-page.tsx";
import { RetentionPage } from "./pages/retention/retention-page.tsx";
import { TriggersPage } from "./pages/triggers/triggers-page.tsx";
import { WatchesPage } from "./pages/watches/watches-page.tsx";
import { LoginPage } from "./session/login-page.tsx";
import { RequireSession, useSession } from "./session/session.tsx";

export function App() {
	return (
		<Router base={BASE}>
			<Announcer />
			<Switch>
				<Route path="/login">
					<LoginPage />
				</Route>
				<Route>
					<RequireSession>
						<SignedIn />
					</RequireSession>
				</Route>
			</Switch>
		</Router>
	);
}

const ATTENTION_EVERY_MS = 30_000;

function SignedIn() {
	const { many_databases } = useSession();
	return many_databases && DATABASE === null ? <DatabasesPage /> : <OneDatabase />;
}

function OneDatabase() {
	const { data } = useQuery({ ...overviewQuery(), refetchInterval: every(ATTENTION_EVERY_MS) });
	return (
		<Shell attention={data?.attention.length ?? 0}>
			<PreferenceSync />
			<Switch>
				<Route path="/" component={OverviewPage} />
				<Route path="/events" component={EventsPage} />
				<Route path="/events/:id">{({ id }) => <EventPage key={id} id={id} />}</Route>
				<Route path="/failures" component={FailuresPage} />
				<Route path="/find" component={FindPage} />
				<Route path="/bulk" component={BulkPage} />
				<Route path="/triggers" component={TriggersPage} />
				<Route path="/watches" component={WatchesPage} />
				<Route path="/watches/backfills" component={BackfillsPage} />
				<Route path="/receipts" component={ReceiptsPage} />
				<Route path="/retention" component={RetentionPage} />
				<Route path="/operations" component={OperationsPage} />
				<Route component={NoSuchPage} />
			</Switch>
		</Shell>
	);
}

function NoSuchPage() {
	useTitle("Not found");
	return (
		<PageHead title="There is nothing at this address">
			Begin at the <Link href="/">overview</Link>, or find an event above.
		</PageHead>
	);
}
