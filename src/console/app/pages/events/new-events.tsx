import { useQuery as useData } from "@tanstack/react-query";
import type { EventPage, EventRow } from "../../../../api/schema/events.ts";
import { listEvents } from "../../api/calls.ts";
import { every } from "../../api/repeat.ts";
import { Icon } from "../../components/icon.tsx";
import { type EventFilter, statusesOf } from "./filter.ts";

const EVERY_MS = 10_000;
const MOST = 50;

/** Searches that an index answers at once: they may be asked again and again. */
function isCheap(filter: EventFilter): boolean {
	const { http_status, error_code, error, text, run, metadata, source, trigger } = filter;
	const isExamined = [http_status, error_code, error, text, run, metadata, source].some((part) => part !== undefined);
	if (isExamined) return false;
	if (filter.user !== undefined || filter.idempotency_key !== undefined) return true;
	const statuses = statusesOf(filter);
	if (statuses.length === 0) return trigger === undefined;
	return statuses.every((status) => status !== "pending" && status !== "delivered");
}

interface NewEventsProps {
	readonly filter: EventFilter;
	readonly rows: readonly EventRow[];
	readonly show: () => void;
}

/** Says that there are new ones, instead of moving what somebody reads. */
export function NewEvents({ filter, rows, show }: NewEventsProps) {
	const newest = rows[0]?.id ?? "";
	const { data } = useData({
		queryKey: ["new-events", filter],
		queryFn: ({ signal }) => listEvents({ ...filter, limit: MOST }, signal),
		refetchInterval: every<EventPage>(EVERY_MS),
		enabled: isCheap(filter),
	});
	const count = data?.events.filter(({ id }) => id > newest).length ?? 0;
	if (count === 0) return null;
	return (
		<button type="button" className="button small primary" onClick={show}>
			<Icon name="events" />
			{count === MOST ? `${MOST} or more` : count} new
		</button>
	);
}
