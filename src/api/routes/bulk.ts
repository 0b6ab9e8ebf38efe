import type { FastifyRequest } from "fastify";
import { exactJson, isDeeper } from "../../exact-json.ts";
import { type FieldProblem, ProblemError } from "../../http/problem.ts";
import { findBulkRun, listBulkRuns, stopBulkRun } from "../../store/bulk-runs.ts";
import { groupSelection } from "../../store/inspect/bulk-selection.ts";
import { readEvents } from "../../store/inspect/list-events.ts";
import { readRunOutcome } from "../../store/inspect/run-outcome.ts";
import { forecast } from "../bulk-preview.ts";
import { filterOfBody } from "../filter.ts";
import {
	BulkPath,
	BulkPreview,
	BulkPreviewRequest,
	BulkRequest,
	BulkRun,
	BulkRunList,
	RunOutcome,
} from "../schema/bulk.ts";
import type { Filter } from "../schema/events.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, abandonment, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { answerText, wire } from "../wire.ts";

const MOST_COUNTED = 100_000;
const RUNS_SHOWN = 20;
const DEEPEST_FILTER = 64;

export function bulkRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database, searches, bulk } = parts;

	api.post(
		"/bulk/preview",
		{
			schema: {
				tags: ["bulk"],
				summary: "See what a run would do; nothing is changed",
				body: BulkPreviewRequest,
				response: { 200: named(BulkPreview) },
			},
		},
		async (request, reply) => {
			const { action, filter, allow_duplicates: allowDuplicates = false, max = MOST_COUNTED } = request.body;
			const { metadata } = filterAsSent(request, filter);
			const limits = { max, mostCounted: MOST_COUNTED };
			const eventFilter = filterOfBody(filter, metadata);
			const selection = await searches.run(
				() => groupSelection(database, eventFilter, { action, allowDuplicates }, limits),
				abandonment(reply),
			);
			const { sampleIds, ...counts } = forecast(selection, { action, max });
			const sample = await readEvents(database, sampleIds);
			return wire({ ...counts, sample });
		},
	);

	api.post(
		"/bulk",
		{
			schema: {
				tags: ["bulk"],
				summary: "Begin a run",
				description:
					"Works in small batches, whether somebody watches or not. One at a time: 409 while another is under way. An event that has come to stand otherwise by the time its turn comes is left as it is.",
				body: BulkRequest,
				response: { 202: named(BulkRun) },
			},
		},
		async (request, reply) => {
			await mustBeAbleToAct(parts);
			const { action, filter, reason, allow_duplicates: allowDuplicates = false, max } = request.body;
			const { metadata, text } = filterAsSent(request, filter);
			const { name: actor } = whoAsks(request);
			const order = {
				action,
				filter: text,
				reason: reason ?? null,
				allowDuplicates,
				max,
				perSecond: request.body.per_second,
				actor,
			};
			const id = await bulk.start(order, filterOfBody(filter, metadata));
			return await reply.code(202).send(await runOf(id, parts));
		},
	);

	api.get(
		"/bulk",
		{ schema: { tags: ["bulk"], summary: "The latest runs", response: { 200: named(BulkRunList) } } },
		async () => wire({ runs: await listBulkRuns(database, RUNS_SHOWN) }) as BulkRunList,
	);

	api.get(
		"/bulk/:id",
		{ schema: { tags: ["bulk"], summary: "One run", params: BulkPath, response: { 200: named(BulkRun) } } },
		async (request) => await runOf(request.params.id, parts),
	);
}

/** What became of a run, and its end. */
export function runRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database, searches } = parts;

	api.get(
		"/bulk/:id/outcome",
		{
			schema: {
				tags: ["bulk"],
				summary: "What became of the events that a run changed",
				params: BulkPath,
				response: { 200: named(RunOutcome) },
			},
		},
		async (request, reply) => {
			const { id } = await runOf(request.params.id, parts);
			return wire(await searches.run(() => readRunOutcome(database, id), abandonment(reply)));
		},
	);

	api.post(
		"/bulk/:id/stop",
		{
			schema: {
				tags: ["bulk"],
				summary: "Stop a run after its batch",
				params: BulkPath,
				response: { 200: named(BulkRun) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const { id } = request.params;
			const stopping = await stopBulkRun(database, id, whoAsks(request).name);
			const run = await runOf(id, parts);
			if (stopping || run.state === "stopping") return run;
			throw new ProblemError({ status: 409, code: "not_done", detail: `this run is ${run.state} already` });
		},
	);
}

async function runOf(id: string, { database }: ConsoleParts): Promise<BulkRun> {
	const run = await findBulkRun(database, id);
	if (run === undefined) throw new ProblemError({ status: 404, code: "no_such_run", detail: `there is no run ${id}` });
	return wire(run) as BulkRun;
}

/** The filter as JSON text, with its numbers as they were written: what the body was parsed to has doubles. */
function filterAsSent(request: FastifyRequest, filter: Filter): { text: string; metadata: string | undefined } {
	if (filter.metadata === undefined) return { text: answerText(filter), metadata: undefined };
	if (isDeeper(request.bodyText, DEEPEST_FILTER)) {
		const errors: FieldProblem[] = [
			{ field: "body/filter/metadata", rule: `must be nested at most ${DEEPEST_FILTER} deep` },
		];
		throw new ProblemError({ status: 400, code: "invalid_request", detail: "the filter is nested too deep", errors });
	}
	const sent = exactJson(request.bodyText) as { filter: { metadata: unknown } };
	return { text: answerText(sent.filter), metadata: answerText(sent.filter.metadata) };
}
