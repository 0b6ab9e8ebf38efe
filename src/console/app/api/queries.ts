import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { OperationQuery } from "../../../api/schema/operations.ts";
import type { WatchErrorQuery } from "../../../api/schema/watches.ts";
import type { EventFilter } from "../pages/events/filter.ts";
import * as calls from "./calls.ts";

// What is read, under the keys by which it is read anew after something was changed.

export const databasesQuery = () =>
	queryOptions({ queryKey: ["databases"], queryFn: ({ signal }) => calls.listDatabases(signal), staleTime: 60_000 });

export const databaseSearchQuery = (q: string) =>
	queryOptions({ queryKey: ["database-search", q], queryFn: ({ signal }) => calls.searchDatabases(q, signal) });

export const overviewQuery = () =>
	queryOptions({ queryKey: ["overview"], queryFn: ({ signal }) => calls.readOverview(signal) });

export const seriesQuery = ({ minutes, until, trigger }: calls.SeriesAsked) =>
	queryOptions({
		queryKey: ["series", minutes, until, trigger],
		queryFn: ({ signal }) => calls.readSeries({ minutes, until, trigger }, signal),
		placeholderData: keepPreviousData,
	});

export const eventsQuery = (query: calls.EventQuery) =>
	queryOptions({
		queryKey: ["events", query],
		queryFn: ({ signal }) => calls.listEvents(query, signal),
		placeholderData: keepPreviousData,
	});

const COUNTED_FRESH_MS = 30_000;

/** @param filter without a status: each is counted */
export const countsQuery = (filter: EventFilter) =>
	queryOptions({
		queryKey: ["events", "counts", filter],
		queryFn: ({ signal }) => calls.countEvents(filter, signal),
		staleTime: COUNTED_FRESH_MS,
	});

export const eventQuery = (id: string) =>
	queryOptions({ queryKey: ["event", id], queryFn: ({ signal }) => calls.readEvent(id, signal) });

export const failuresQuery = () =>
	queryOptions({ queryKey: ["failures"], queryFn: ({ signal }) => calls.listFailures(signal) });

export const runOutcomeQuery = (id: string) =>
	queryOptions({ queryKey: ["run-outcome", id], queryFn: ({ signal }) => calls.readRunOutcome(id, signal) });

export const statisticsQuery = (minutes: number) =>
	queryOptions({
		queryKey: ["statistics", minutes],
		queryFn: ({ signal }) => calls.listStatistics(minutes, signal),
		placeholderData: keepPreviousData,
	});

export const bulkRunsQuery = () =>
	queryOptions({ queryKey: ["bulk"], queryFn: ({ signal }) => calls.listBulk(signal) });

export const triggersQuery = () =>
	queryOptions({ queryKey: ["triggers"], queryFn: ({ signal }) => calls.listTriggers(signal) });

export const watchesQuery = () =>
	queryOptions({ queryKey: ["watches"], queryFn: ({ signal }) => calls.listWatches(signal) });

export const watchErrorsQuery = (query: WatchErrorQuery) =>
	queryOptions({
		queryKey: ["watch-errors", query],
		queryFn: ({ signal }) => calls.listWatchErrors(query, signal),
		placeholderData: keepPreviousData,
	});

export const backfillsQuery = () =>
	queryOptions({ queryKey: ["backfills"], queryFn: ({ signal }) => calls.listBackfills(signal) });

export const operationsQuery = (query: OperationQuery) =>
	queryOptions({
		queryKey: ["operations", query],
		queryFn: ({ signal }) => calls.listOperations(query, signal),
		placeholderData: keepPreviousData,
	});

export const accountQuery = (asked: calls.AccountAsked) =>
	queryOptions({
		queryKey: ["account", asked],
		queryFn: ({ signal }) => calls.readAccount(asked, signal),
		placeholderData: keepPreviousData,
	});

export const quarantineQuery = () =>
	queryOptions({ queryKey: ["quarantine"], queryFn: ({ signal }) => calls.listQuarantined(signal) });

export const retentionQuery = () =>
	queryOptions({ queryKey: ["retention"], queryFn: ({ signal }) => calls.readRetention(signal) });
