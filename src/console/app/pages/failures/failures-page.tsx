import { useQuery as useData } from "@tanstack/react-query";
import { failuresQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { useTitle } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { FailureTable } from "./failure-table.tsx";

export const FAILURES_EVERY_MS = 15_000;

export function FailuresPage() {
	useTitle("Failures");
	const failures = useData({ ...failuresQuery(), refetchInterval: every(FAILURES_EVERY_MS) });
	return (
		<>
			<PageHead title="Failures">
				What fails, by its cause: the same trigger, the same answer. What needs a person comes first.
			</PageHead>
			<WhenLoaded query={failures} what="what fails">
				{({ groups, at_least }) => (
					<Panel title={groups.length === 0 ? "No failures" : plural(groups.length, "cause")} flush>
						{groups.length === 0 ? (
							<Empty icon="check">No event is dead or uncertain, and none is tried again.</Empty>
						) : (
							<FailureTable groups={groups} />
						)}
						{at_least ? (
							<p className="table-foot small muted">
								There is more: of each status the newest 10,000 events are looked at, and 50 causes are shown.
							</p>
						) : null}
					</Panel>
				)}
			</WhenLoaded>
		</>
	);
}
