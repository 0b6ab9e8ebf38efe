import { STATUSES, type Status } from "../../event/event.ts";
import { type FieldProblem, ProblemError } from "../../http/problem.ts";
import { cancelEvents, type DecisionResult, resolveEvent, retryEvents } from "../../store/decide-events.ts";
import { countMatches, type MatchCount } from "../../store/inspect/count-matches.ts";
import { readDetail } from "../../store/inspect/event-facts.ts";
import { listEvents } from "../../store/inspect/list-events.ts";
import { isAnsweredInOrder } from "../../store/inspect/search.ts";
import { actionsInWords } from "../../words/actions.ts";
import { attemptDecisions } from "../../words/attempt-decisions.ts";
import { withNote } from "../../words/refusal.ts";
import { explain } from "../../words/why.ts";
import { filterOfQuery } from "../filter.ts";
import { CancelRequest, Decision, EventDetail, ResolveRequest, RetryRequest } from "../schema/event-detail.ts";
import { EventCounts, EventFilterQuery, EventListQuery, EventPage } from "../schema/events.ts";
import { EventPath, named } from "../schema/parts.ts";
import { type ApiServer, abandonment, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_LIMIT = 50;

export function eventRoutes(api: ApiServer, parts: ConsoleParts): void {
	api.get(
		"/events",
		{
			schema: {
				tags: ["events"],
				summary: "Search events",
				description:
					"Newest first. A page begins where the one before ended, whatever was written since. One call looks at a bounded number of events and answers with about 1 MiB of them at most, so a page may be short, or empty, and not the last: `next_cursor` says so.",
				querystring: EventListQuery,
				response: { 200: named(EventPage) },
			},
		},
		async (request, reply) => {
			const { limit = DEFAULT_LIMIT, cursor, q: typed, ...query } = request.query;
			const filter = filterOfQuery(query);
			const asked = { ...(cursor === undefined ? {} : { cursor }), ...(typed === undefined ? {} : { typed }) };
			const search = () => listEvents(parts.database, { filter, limit, ...asked });
			const isLight = typed === undefined && isAnsweredInOrder(filter);
			const page = await (isLight ? search() : parts.searches.run(search, abandonment(reply)));
			const { events, nextCursor: next_cursor, searchedUntil: searched_until, searched, now } = page;
			return wire({ events, next_cursor, searched_until, searched: searched === null ? null : [...searched], now });
		},
	);

	api.get(
		"/events/counts",
		{
			schema: {
				tags: ["events"],
				summary: "How many events match, by status",
				description:
					"Whatever status the filter names: each is counted. Up to 1000 of each exactly; where there are more, or counting would take too long, `at_least` says so.",
				querystring: EventFilterQuery,
				response: { 200: named(EventCounts) },
			},
		},
		async (request, reply) => {
			const filter = filterOfQuery(request.query);
			const gone = abandonment(reply);
			const counts: Partial<Record<Status, MatchCount>> = {};
			// One by one, each in its turn: others search in between.
			for (const status of STATUSES) {
				counts[status] = await parts.searches.run(() => countMatches(parts.database, filter, status), gone);
			}
			return wire({ counts: counts as Record<Status, MatchCount> });
		},
	);

	api.get(
		"/events/:id",
		{
			schema: {
				tags: ["events"],
				summary: "One event, what happened to it and why, and what can be done",
				params: EventPath,
				response: { 200: named(EventDetail) },
			},
		},
		async (request) => await detailOf(request.params.id.toLowerCase(), parts),
	);
}

async function detailOf(id: string, { database, defaultMaxAttempts }: ConsoleParts): Promise<EventDetail> {
	const found = await readDetail(database, id, defaultMaxAttempts);
	if (found === null) throw noSuchEvent(id);
	const { record, facts } = found;
	const decisions = attemptDecisions(facts);
	const heldBy = facts.held_back_by;
	return wire({
		event: record.event,
		attempts: facts.attempts.map((attempt, index) => ({
			...attempt,
			response_headers: attempt.response_headers ?? null,
			decision: decisions[index] ?? "",
		})),
		attempts_left_out: facts.attempts_left_out,
		operations: facts.operations,
		explanation: explain(facts),
		holds_back: facts.holds_back,
		held_back_by: heldBy === null ? null : { id: heldBy.id, status: heldBy.status },
		actions: actionsInWords(facts),
		now: facts.now,
	});
}

export function decisionRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database } = parts;

	api.post(
		"/events/:id/retry",
		{
			schema: {
				tags: ["decisions"],
				summary: "Send an event again",
				description:
					"Back to pending, due at once, with a fresh budget of attempts. 409 when that is not possible, with the reason.",
				params: EventPath,
				body: RetryRequest,
				response: { 200: named(Decision) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const { reason, allow_duplicates: allow = false } = request.body;
			const id = request.params.id.toLowerCase();
			const decider = { actor: whoAsks(request).name, reason: reason ?? null };
			return decided("retry", await retryEvents(database, [id], allow, decider), id);
		},
	);

	api.post(
		"/events/:id/cancel",
		{
			schema: {
				tags: ["decisions"],
				summary: "Take an event back: it will not be sent (again)",
				params: EventPath,
				body: CancelRequest,
				response: { 200: named(Decision) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const id = request.params.id.toLowerCase();
			const decider = { actor: whoAsks(request).name, reason: request.body.reason ?? null };
			return decided("cancel", await cancelEvents(database, [id], decider), id);
		},
	);

	api.post(
		"/events/:id/resolve",
		{
			schema: {
				tags: ["decisions"],
				summary: "Say what became of an uncertain event",
				params: EventPath,
				body: ResolveRequest,
				response: { 200: named(Decision) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			const id = request.params.id.toLowerCase();
			const { as, reason } = request.body;
			const decider = { actor: whoAsks(request).name, reason };
			return decided("resolve", await resolveEvent(database, id, as === "delivered", decider), id);
		},
	);
}

/** @throws ProblemError when it was not done */
function decided(deed: "retry" | "cancel" | "resolve", [result]: readonly DecisionResult[], id: string): Decision {
	if (result === undefined || result.was === null) throw noSuchEvent(id);
	const { event_id, done, was, note } = withNote(result, deed);
	if (done) return { event_id, done, was, note };
	throw new ProblemError({ status: 409, code: "not_done", detail: note ?? "it was not done" });
}

function noSuchEvent(id: string): ProblemError {
	const errors: FieldProblem[] = [{ field: "path/id", rule: "must be the id of an event on record" }];
	return new ProblemError({ status: 404, code: "no_such_event", detail: `there is no event ${id}`, errors });
}
