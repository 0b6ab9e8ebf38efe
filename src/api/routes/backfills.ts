import { type Plan, planBackfill, type RowRequest } from "../../backfill/plan.ts";
import { ProblemError } from "../../http/problem.ts";
import { type BackfillRun, findBackfillRun, listBackfills, stopBackfill } from "../../store/watches/backfills.ts";
import { findWatch, type Watch } from "../../store/watches/list.ts";
import { countRows, tryFirstRows, warningsOf } from "../backfill-preview.ts";
import { mustSuit, refusedBackfill } from "../backfill-refusal.ts";
import {
	Backfill,
	BackfilledWatch,
	BackfillList,
	BackfillPath,
	BackfillPreview,
	BackfillPreviewRequest,
	BackfillRequest,
	ResumeBackfillRequest,
} from "../schema/backfills.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, abandonment, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { wire } from "../wire.ts";

const SHOWN = 20;

/** Looking at them, before, meanwhile and afterwards. */
export function backfillRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database, searches } = parts;

	api.get(
		"/backfills",
		{
			schema: {
				tags: ["watches"],
				summary: "The latest backfills: existing rows that became events",
				response: { 200: named(BackfillList) },
			},
		},
		async () => wire({ backfills: await listBackfills(database, SHOWN) }),
	);

	api.get(
		"/backfills/:id",
		{
			schema: { tags: ["watches"], summary: "One backfill", params: BackfillPath, response: { 200: named(Backfill) } },
		},
		async (request) => wire(await runOf(request.params.id, parts)),
	);

	api.post(
		"/watches/:name/backfill/preview",
		{
			schema: {
				tags: ["watches"],
				summary: "See what a backfill would do; nothing is written",
				description: "Counts the rows, and sends the first 10,000 of them through the rule.",
				params: BackfilledWatch,
				body: BackfillPreviewRequest,
				response: { 200: named(BackfillPreview) },
			},
		},
		async (request, reply) => {
			await mustBeAbleToAct(parts);
			const watch = await watchOf(request.params.name, parts);
			const plan = await planFor(watch, request.body, parts);
			const preview = await searches
				.run(() => previewOf(watch, plan, parts), abandonment(reply))
				.catch(refusedBackfill);
			return wire(preview);
		},
	);
}

/** Beginning one. */
export function backfillBeginRoute(api: ApiServer, parts: ConsoleParts): void {
	const { database, backfills, searches } = parts;

	api.post(
		"/watches/:name/backfill",
		{
			schema: {
				tags: ["watches"],
				summary: "Begin a backfill: existing rows become events through a rule",
				description:
					"Works in small batches, whether somebody watches or not. Asked for with the same words, an unfinished one goes on. What is an event already is told by the rule's idempotency key.",
				params: BackfilledWatch,
				body: BackfillRequest,
				response: { 202: named(Backfill) },
			},
		},
		async (request, reply) => {
			await mustBeAbleToAct(parts);
			const watch = await watchOf(request.params.name, parts);
			const { per_second: perSecond, reason = null, restart = false } = request.body;
			const { allow_duplicates: allowDuplicates = false } = request.body;
			const plan = await planFor(watch, request.body, parts);
			mustSuit(watch, plan, allowDuplicates);
			const count = () => (plan.goesOn ? null : countRows(database, watch, plan));
			const counted = await searches.run(async () => await count(), abandonment(reply)).catch(refusedBackfill);
			const { asked, bounds } = plan;
			const how = { allowDuplicates, restart, perSecond, total: counted?.within ?? null };
			const id = await backfills.start({
				watch: watch.name,
				asked,
				bounds,
				...how,
				reason,
				actor: whoAsks(request).name,
			});
			return await reply.code(202).send(wire(await runOf(id, parts)));
		},
	);
}

/** Stopping one, and going on. */
export function backfillRunRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database, backfills } = parts;

	api.post(
		"/backfills/:id/resume",
		{
			schema: {
				tags: ["watches"],
				summary: "Go on with a backfill that was stopped",
				params: BackfillPath,
				body: ResumeBackfillRequest,
				response: { 202: named(Backfill) },
			},
		},
		async (request, reply) => {
			await mustBeAbleToAct(parts);
			const run = await runOf(request.params.id, parts);
			if (run.ended_at !== null) throw over(run);
			const watch = await watchOf(run.watch, parts);
			const plan = await planFor(watch, choiceOf(run), parts);
			const { asked, bounds } = plan;
			// Without a key somebody agreed to that when it was begun, and no row is gone through again.
			const how = { allowDuplicates: true, restart: false, perSecond: request.body.per_second, total: null };
			const id = await backfills.start({
				watch: watch.name,
				asked,
				bounds,
				...how,
				reason: run.reason,
				actor: whoAsks(request).name,
			});
			return await reply.code(202).send(wire(await runOf(id, parts)));
		},
	);

	api.post(
		"/backfills/:id/stop",
		{
			schema: {
				tags: ["watches"],
				summary: "Stop a backfill after its batch; it can go on",
				params: BackfillPath,
				response: { 200: named(Backfill) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const { id } = request.params;
			const stopped = await stopBackfill(database, id, whoAsks(request).name);
			const run = await runOf(id, parts);
			if (stopped) return wire(run);
			throw over(run);
		},
	);
}

async function previewOf(watch: Watch, plan: Plan, { database }: ConsoleParts) {
	const counted = await countRows(database, watch, plan);
	const { tally, isComplete, sample } = await tryFirstRows(database, watch, plan);
	return {
		asked: plan.asked,
		total: counted?.within ?? null,
		without_value: counted?.without ?? null,
		...tally,
		is_complete: isComplete,
		sample: sample.map(({ key, trigger_id, user_id, payload, problem }) => ({
			key,
			trigger_id,
			user_id,
			payload,
			problem,
		})),
		warnings: warningsOf(watch),
		unfinished: plan.open === undefined ? null : ((await findBackfillRun(database, plan.open.id)) ?? null),
		goes_on: plan.goesOn,
	};
}

/** As they are called in the body of a request. */
async function planFor(watch: Watch, request: RowRequest, { database }: ConsoleParts): Promise<Plan> {
	return await planBackfill(database, watch, request, (part) => part);
}

/** The words with which it was begun. */
function choiceOf({ asked }: BackfillRun): RowRequest {
	return Object.keys(asked).length === 0 ? { all: true } : asked;
}

async function runOf(id: string, { database }: ConsoleParts): Promise<BackfillRun> {
	const run = await findBackfillRun(database, id);
	if (run !== undefined) return run;
	throw new ProblemError({ status: 404, code: "no_such_backfill", detail: `there is no backfill ${id}` });
}

async function watchOf(name: string, { database }: ConsoleParts): Promise<Watch> {
	const watch = await findWatch(database, name);
	if (watch !== undefined) return watch;
	throw new ProblemError({ status: 404, code: "no_such_watch", detail: `there is no watch ${name}` });
}

function over({ state }: BackfillRun): ProblemError {
	return new ProblemError({ status: 409, code: "not_done", detail: `this backfill is ${state} already` });
}
