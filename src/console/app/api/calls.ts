import type {
	Backfill,
	BackfillList,
	BackfillPreview,
	BackfillPreviewRequest,
	BackfillRequest,
	ResumeBackfillRequest,
} from "../../../api/schema/backfills.ts";
import type {
	BulkPreview,
	BulkPreviewRequest,
	BulkRequest,
	BulkRun,
	BulkRunList,
	RunOutcome,
} from "../../../api/schema/bulk.ts";
import type { DatabaseList, DatabaseSearch } from "../../../api/schema/databases.ts";
import type {
	CancelRequest,
	Decision,
	EventDetail,
	ResolveRequest,
	RetryRequest,
	Written,
} from "../../../api/schema/event-detail.ts";
import type { EventCounts, EventPage } from "../../../api/schema/events.ts";
import type { FailureGroups } from "../../../api/schema/failures.ts";
import type { OperationPage, OperationQuery } from "../../../api/schema/operations.ts";
import type { Overview, Series } from "../../../api/schema/overview.ts";
import type { Account, QuarantineList } from "../../../api/schema/receipts.ts";
import type { Retention, RetentionChange } from "../../../api/schema/retention.ts";
import type { Preferences, Session, SessionRequest, WaysIn } from "../../../api/schema/session.ts";
import type {
	PauseRequest,
	ResumeRequest,
	TriggerChange,
	TriggerList,
	TriggerRow,
	TriggerStatisticsList,
} from "../../../api/schema/triggers.ts";
import type {
	DismissRequest,
	DismissResult,
	ReplayResult,
	WatchErrorList,
	WatchErrorQuery,
	WatchList,
} from "../../../api/schema/watches.ts";
import { DATABASE } from "../components/database.ts";
import type { EventFilter } from "../pages/events/filter.ts";
import { address, ROOT_API, request } from "./request.ts";

// Every call of the API, with the types of the schemas that the server validates by.

const segment = encodeURIComponent;

/** A page of a search. */
export type EventQuery = EventFilter & {
	/** What a person typed, to be tried in every way it may be meant. */
	readonly q?: string;
	readonly cursor?: string;
	readonly limit?: number;
};

export const readSession = () => request<Session>("GET", address("/session"));
export const readWaysIn = () => request<WaysIn>("GET", `${ROOT_API}/session/ways`);
/** For links: a browser goes there, and is led to the provider and back to where it was. */
export function providerAddress(next: string): string {
	const query = new URLSearchParams(DATABASE === null ? { next } : { next, database: DATABASE });
	return `${ROOT_API}/session/oidc?${query}`;
}
export const providerEndAddress = `${ROOT_API}/session/oidc/end`;
export const signIn = (body: SessionRequest) =>
	request<Session>("POST", `${ROOT_API}/session`, { body, isQuestion: true });
export const signOut = () => request<void>("DELETE", `${ROOT_API}/session`);

export const listDatabases = (signal: AbortSignal) => request<DatabaseList>("GET", `${ROOT_API}/databases`, { signal });
export const searchDatabases = (q: string, signal: AbortSignal) =>
	request<DatabaseSearch>("GET", `${ROOT_API}/databases/search?${new URLSearchParams({ q })}`, { signal });

export const readOverview = (signal: AbortSignal) => request<Overview>("GET", address("/overview"), { signal });
export interface SeriesAsked {
	readonly minutes: number;
	readonly until: string | null;
	readonly trigger: string | null;
}
export const readSeries = ({ minutes, until, trigger }: SeriesAsked, signal: AbortSignal) =>
	request<Series>("GET", address("/series", { minutes, until: until ?? "", trigger: trigger ?? "" }), { signal });

export const listEvents = (query: EventQuery, signal: AbortSignal) =>
	request<EventPage>("GET", address("/events", query), { signal });
export const countEvents = (filter: EventFilter, signal: AbortSignal) =>
	request<EventCounts>("GET", address("/events/counts", filter), { signal });
/** For an EventSource. */
export const tailAddress = (filter: EventFilter, lastEventId: string) =>
	address("/events/tail", { ...filter, last_event_id: lastEventId });
/** For a link. */
export const exportAddress = (format: "csv" | "jsonl", filter: EventFilter) =>
	address("/events/export", { format, ...filter });

export const listFailures = (signal: AbortSignal) => request<FailureGroups>("GET", address("/failures"), { signal });

export const readEvent = (id: string, signal: AbortSignal) =>
	request<EventDetail>("GET", address(`/events/${segment(id)}`), { signal });
export const retryEvent = (id: string, body: RetryRequest) =>
	request<Decision>("POST", address(`/events/${segment(id)}/retry`), { body });
export const cancelEvent = (id: string, body: CancelRequest) =>
	request<Decision>("POST", address(`/events/${segment(id)}/cancel`), { body });
export const resolveEvent = (id: string, body: ResolveRequest) =>
	request<Decision>("POST", address(`/events/${segment(id)}/resolve`), { body });

/** @param body JSON text of a WriteRequest, whose numbers stay as they were typed */
export const writeEvent = (body: string) => request<Written>("POST", address("/events"), { body });

export const readRunOutcome = (id: string, signal: AbortSignal) =>
	request<RunOutcome>("GET", address(`/bulk/${segment(id)}/outcome`), { signal });
export const previewBulk = (body: BulkPreviewRequest, signal: AbortSignal) =>
	request<BulkPreview>("POST", address("/bulk/preview"), { body, signal, isQuestion: true });
export const startBulk = (body: BulkRequest) => request<BulkRun>("POST", address("/bulk"), { body });
export const listBulk = (signal: AbortSignal) => request<BulkRunList>("GET", address("/bulk"), { signal });
export const stopBulk = (id: string) => request<BulkRun>("POST", address(`/bulk/${segment(id)}/stop`), { body: {} });

export const listTriggers = (signal: AbortSignal) => request<TriggerList>("GET", address("/triggers"), { signal });
export const listStatistics = (minutes: number, signal: AbortSignal) =>
	request<TriggerStatisticsList>("GET", address("/triggers/statistics", { minutes }), { signal });
export const changeTrigger = (id: string, body: TriggerChange) =>
	request<TriggerRow>("PATCH", address(`/triggers/${segment(id)}`), { body });
export const pauseTrigger = (id: string, body: PauseRequest) =>
	request<TriggerRow>("POST", address(`/triggers/${segment(id)}/pause`), { body });
export const resumeTrigger = (id: string, body: ResumeRequest) =>
	request<TriggerRow>("POST", address(`/triggers/${segment(id)}/resume`), { body });

export const listWatches = (signal: AbortSignal) => request<WatchList>("GET", address("/watches"), { signal });
export const listWatchErrors = (query: WatchErrorQuery, signal: AbortSignal) =>
	request<WatchErrorList>("GET", address("/watches/errors", query), { signal });
export const replayErrors = (name: string) =>
	request<ReplayResult>("POST", address(`/watches/${segment(name)}/replay-errors`), { body: {} });
export const dismissErrors = (name: string, body: DismissRequest) =>
	request<DismissResult>("POST", address(`/watches/${segment(name)}/dismiss-errors`), { body });

export const listBackfills = (signal: AbortSignal) => request<BackfillList>("GET", address("/backfills"), { signal });
export const previewBackfill = (watch: string, body: BackfillPreviewRequest, signal: AbortSignal) =>
	request<BackfillPreview>("POST", address(`/watches/${segment(watch)}/backfill/preview`), {
		body,
		signal,
		isQuestion: true,
	});
export const startBackfill = (watch: string, body: BackfillRequest) =>
	request<Backfill>("POST", address(`/watches/${segment(watch)}/backfill`), { body });
export const resumeBackfill = (id: string, body: ResumeBackfillRequest) =>
	request<Backfill>("POST", address(`/backfills/${segment(id)}/resume`), { body });
export const stopBackfill = (id: string) =>
	request<Backfill>("POST", address(`/backfills/${segment(id)}/stop`), { body: {} });

export const listOperations = (query: OperationQuery, signal: AbortSignal) =>
	request<OperationPage>("GET", address("/operations", query), { signal });
/** For a link. */
export const operationsExportAddress = (format: "csv" | "jsonl", query: OperationQuery) =>
	address("/operations/export", { format, ...query });

export interface AccountAsked {
	/** How far back: `7d`. */
	readonly since: string;
	readonly trigger?: string;
}
export const readAccount = (asked: AccountAsked, signal: AbortSignal) =>
	request<Account>("GET", address("/receipts/account", { ...asked }), { signal });
export const listQuarantined = (signal: AbortSignal) =>
	request<QuarantineList>("GET", address("/receipts/quarantine"), { signal });

export const readRetention = (signal: AbortSignal) => request<Retention>("GET", address("/retention"), { signal });
export const changeRetention = (body: RetentionChange) => request<Retention>("PATCH", address("/retention"), { body });

export const readPreferences = (signal: AbortSignal) =>
	request<Preferences>("GET", address("/preferences"), { signal });
export const savePreferences = (body: Preferences) => request<Preferences>("PUT", address("/preferences"), { body });
