import { ProblemError } from "../../http/problem.ts";
import { isIdentifier, MOST_BYTES } from "../../identifier.ts";
import { listTriggers } from "../../store/inspect/list-triggers.ts";
import { readTriggerStatistics } from "../../store/inspect/trigger-statistics.ts";
import { pauseTrigger, resumeTrigger, setTrigger } from "../../store/trigger-policy.ts";
import { named, TriggerPath } from "../schema/parts.ts";
import {
	PauseRequest,
	ResumeRequest,
	StatisticsQuery,
	TriggerChange,
	TriggerList,
	TriggerRow,
	TriggerStatisticsList,
} from "../schema/triggers.ts";
import { type ApiServer, abandonment, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_MINUTES = 60;

export function statisticsRoute(api: ApiServer, { database, searches }: ConsoleParts): void {
	api.get(
		"/triggers/statistics",
		{
			schema: {
				tags: ["triggers"],
				summary: "How attempts ended and how long delivery took, trigger by trigger",
				querystring: StatisticsQuery,
				response: { 200: named(TriggerStatisticsList) },
			},
		},
		async (request, reply) => {
			const { minutes = DEFAULT_MINUTES } = request.query;
			return wire(await searches.run(() => readTriggerStatistics(database, minutes), abandonment(reply)));
		},
	);
}

export function triggerRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database } = parts;

	api.get(
		"/triggers",
		{
			schema: {
				tags: ["triggers"],
				summary: "Triggers with their policy and what waits",
				description: "Those with settings of their own, and those of which an event waits or needs a person.",
				response: { 200: named(TriggerList) },
			},
		},
		async () => wire(await listTriggers(database)),
	);

	api.patch(
		"/triggers/:id",
		{
			schema: {
				tags: ["triggers"],
				summary: "Change a trigger's policy",
				params: TriggerPath,
				body: TriggerChange,
				response: { 200: named(TriggerRow) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const id = triggerId(request.params.id);
			await setTrigger(database, id, request.body, whoAsks(request).name);
			return await rowOf(id, parts);
		},
	);

	api.post(
		"/triggers/:id/pause",
		{
			schema: {
				tags: ["triggers"],
				summary: "Send nothing of a trigger until it is resumed",
				params: TriggerPath,
				body: PauseRequest,
				response: { 200: named(TriggerRow) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const id = triggerId(request.params.id);
			await pauseTrigger(database, id, request.body.reason, whoAsks(request).name);
			return await rowOf(id, parts);
		},
	);

	api.post(
		"/triggers/:id/resume",
		{
			schema: {
				tags: ["triggers"],
				summary: "End a pause, a relay's too",
				params: TriggerPath,
				body: ResumeRequest,
				response: { 200: named(TriggerRow) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const id = triggerId(request.params.id);
			const resumed = await resumeTrigger(database, id, request.body.reason ?? null, whoAsks(request).name);
			if (!resumed) throw new ProblemError({ status: 409, code: "not_done", detail: "this trigger is not paused" });
			return await rowOf(id, parts);
		},
	);
}

/** As the outbox could have it: a policy for anything else would only be clutter. @throws ProblemError */
function triggerId(id: string): string {
	if (isIdentifier(id)) return id;
	const rule = `must have 1 to ${MOST_BYTES} bytes without control characters, and not be . or ..`;
	const errors = [{ field: "path/id", rule }];
	throw new ProblemError({ status: 400, code: "invalid_request", detail: "no trigger can have this id", errors });
}

async function rowOf(id: string, { database }: ConsoleParts): Promise<TriggerRow> {
	const { triggers } = await listTriggers(database);
	const row = triggers.find(({ trigger_id }) => trigger_id === id);
	if (row === undefined) throw new ProblemError({ status: 404, code: "no_such_trigger", detail: "no such trigger" });
	return wire(row);
}
