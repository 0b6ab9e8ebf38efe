import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import { failuresQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Panel } from "../../components/panel.tsx";
import { FailureTable } from "../failures/failure-table.tsx";
import { FAILURES_EVERY_MS } from "../failures/failures-page.tsx";

const SHOWN = 3;

/** What fails most, by its cause. Nothing fails: nothing is said. */
export function FailureSummary() {
	const { data } = useData({ ...failuresQuery(), refetchInterval: every(FAILURES_EVERY_MS) });
	const groups = data?.groups ?? [];
	if (groups.length === 0) return null;
	return (
		<Panel
			title="Failures by cause"
			flush
			aside={
				<Link href="/failures" className="small">
					{groups.length > SHOWN ? `All ${groups.length} causes` : "Details"}
				</Link>
			}
		>
			<FailureTable groups={groups.slice(0, SHOWN)} isShort />
		</Panel>
	);
}
