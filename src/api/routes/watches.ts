import { ProblemError } from "../../http/problem.ts";
import { recordReplay } from "../../store/bulk-runs.ts";
import {
	dismissWatchErrors,
	isKnownWatch,
	listWatchErrors,
	type Replayed,
	replayWatchErrors,
} from "../../store/watches/errors.ts";
import { listWatches } from "../../store/watches/list.ts";
import { named } from "../schema/parts.ts";
import {
	DismissRequest,
	DismissResult,
	ReplayRequest,
	ReplayResult,
	WatchErrorList,
	WatchErrorQuery,
	WatchList,
	WatchPath,
} from "../schema/watches.ts";
import { type ApiServer, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_LIMIT = 50;
const REPLAY_BATCH = 100;
/** Errors per call: the next call goes on with the rest. */
const MOST_REPLAYED = 2_000;
const RESULTS_SHOWN = 200;

export function watchRoutes(api: ApiServer, { database }: ConsoleParts): void {
	api.get(
		"/watches",
		{
			schema: {
				tags: ["watches"],
				summary: "The rules that capture events from tables",
				response: { 200: named(WatchList) },
			},
		},
		async () => wire({ watches: await listWatches(database) }),
	);

	api.get(
		"/watches/errors",
		{
			schema: {
				tags: ["watches"],
				summary: "Row changes that could not be captured",
				querystring: WatchErrorQuery,
				response: { 200: named(WatchErrorList) },
			},
		},
		async (request) => {
			const { watch = null, resolved = false, limit = DEFAULT_LIMIT } = request.query;
			return wire({ errors: await listWatchErrors(database, { watch, resolvedToo: resolved, limit }) });
		},
	);
}

export function watchDecisionRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database } = parts;

	api.post(
		"/watches/:name/replay-errors",
		{
			schema: {
				tags: ["watches"],
				summary: "Emit what a rule missed, each row once",
				description: "At most 2000 errors a call, the oldest first.",
				params: WatchPath,
				body: ReplayRequest,
				response: { 200: named(ReplayResult) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const watch = request.params.name;
			await mustBeKnown(parts, watch);
			const results = await replay(parts, watch);
			const failed = results.filter(({ done }) => !done).length;
			const counts = { replayed: results.length - failed, failed };
			if (results.length > 0) await recordReplay(database, { watch, ...counts }, whoAsks(request).name);
			const failedFirst = results.toSorted((a, b) => Number(a.done) - Number(b.done));
			return wire({ ...counts, results: failedFirst.slice(0, RESULTS_SHOWN) });
		},
	);

	api.post(
		"/watches/:name/dismiss-errors",
		{
			schema: {
				tags: ["watches"],
				summary: "Say that what a rule missed needs nothing further",
				params: WatchPath,
				body: DismissRequest,
				response: { 200: named(DismissResult) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const { reason, error_nos: errorNos = null } = request.body;
			const watch = request.params.name;
			await mustBeKnown(parts, watch);
			const dismissed = await dismissWatchErrors(database, { watch, errorNos, reason, actor: whoAsks(request).name });
			if (dismissed > 0) return { dismissed };
			const detail = `${watch} has no such unresolved error`;
			throw new ProblemError({ status: 409, code: "not_done", detail });
		},
	);
}

/** @throws ProblemError */
async function mustBeKnown({ database }: ConsoleParts, watch: string): Promise<void> {
	if (await isKnownWatch(database, watch)) return;
	throw new ProblemError({ status: 404, code: "no_such_watch", detail: `there is no watch ${watch}` });
}

async function replay({ database }: ConsoleParts, watch: string): Promise<Replayed[]> {
	const results: Replayed[] = [];
	while (results.length < MOST_REPLAYED) {
		const batch = await replayWatchErrors(database, watch, results.at(-1)?.error_no ?? 0, REPLAY_BATCH);
		results.push(...batch);
		if (batch.length < REPLAY_BATCH) break;
	}
	return results;
}
