import { type FieldProblem, ProblemError } from "../http/problem.ts";
import { MOST_BYTES } from "../identifier.ts";
import { MOMENT_FORMS, type Moment, momentOrNull } from "../moment.ts";
import type { EventFilter } from "../store/inspect/filter.ts";
import type { OperationFilter } from "../store/inspect/list-operations.ts";
import type { EventFilterQuery, Filter } from "./schema/events.ts";
import type { OperationFilterQuery } from "./schema/operations.ts";

/** The filter of a query string. @throws ProblemError that names every field that is wrong */
export function filterOfQuery(query: EventFilterQuery): EventFilter {
	return read(query, query.metadata, "query");
}

/**
 * The filter of a body.
 * @param metadata its member as it was sent: JSON text, whose numbers are not to be rounded
 */
export function filterOfBody(filter: Filter, metadata: string | undefined): EventFilter {
	return read(filter, metadata, "body/filter");
}

function read(given: Omit<Filter, "metadata">, metadata: string | undefined, part: string): EventFilter {
	const problems: FieldProblem[] = [];
	const report = (name: string, rule: string) => void problems.push({ field: `${part}/${name}`, rule });
	for (const name of ["trigger", "user", "idempotency_key", "source", "error_code"] as const) {
		if (Buffer.byteLength(given[name] ?? "") > MOST_BYTES) report(name, `must have ${MOST_BYTES} bytes at most`);
	}
	if (metadata !== undefined && !isStorableObject(metadata))
		report("metadata", 'must be a JSON object such as {"order_id":4711}');
	const times = readTimes(given, report);
	refuseIfAny(problems);
	return {
		...statusesOf(given.status),
		...(given.trigger === undefined ? {} : { trigger: given.trigger }),
		...(given.user === undefined ? {} : { user: given.user }),
		...(given.idempotency_key === undefined ? {} : { idempotencyKey: given.idempotency_key }),
		...(given.source === undefined ? {} : { source: given.source }),
		...(metadata === undefined ? {} : { metadata }),
		...(given.http_status === undefined ? {} : { httpStatus: given.http_status }),
		...(given.error_code === undefined ? {} : { errorCode: given.error_code }),
		...(given.error === undefined ? {} : { error: given.error }),
		...(given.text === undefined ? {} : { text: given.text }),
		...(given.run === undefined ? {} : { run: given.run }),
		...times,
	};
}

interface Times {
	readonly since?: string;
	readonly until?: string;
}

function readTimes(given: Times, report: (name: string, rule: string) => void): Pick<EventFilter, "since" | "until"> {
	const time = (name: keyof Times) => {
		const text = given[name];
		if (text === undefined) return {};
		const moment = momentOrNull(text);
		if (moment !== null) return { [name]: moment };
		report(name, `must be ${MOMENT_FORMS}`);
		return {};
	};
	return { ...time("since"), ...time("until") };
}

function refuseIfAny(problems: readonly FieldProblem[]): void {
	if (problems.length === 0) return;
	const detail = problems.map(({ field, rule }) => `${field} ${rule}`).join("; ");
	throw new ProblemError({ status: 400, code: "invalid_request", detail, errors: problems });
}

/** The filter of the operations log. @throws ProblemError that names every field that is wrong */
export function operationFilter({ since, until, ...others }: OperationFilterQuery): OperationFilter {
	const problems: FieldProblem[] = [];
	const given = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
	const times = readTimes(given, (name, rule) => void problems.push({ field: `query/${name}`, rule }));
	refuseIfAny(problems);
	return { ...others, ...times };
}

/**
 * The span of an account: seven days where nothing is said. @throws ProblemError that names every field that is wrong
 */
export function reportSpan({ since = "7d", until }: Times): { readonly since: Moment; readonly until?: Moment } {
	const { since: from, until: to } = operationFilter({ since, ...(until === undefined ? {} : { until }) });
	return { since: from as Moment, ...(to === undefined ? {} : { until: to }) };
}

function statusesOf(given: Filter["status"]): Pick<EventFilter, "status" | "statuses"> {
	if (given === undefined) return {};
	const [first, ...others] = typeof given === "string" ? [given] : given;
	if (first === undefined) return {};
	return others.length === 0 ? { status: first } : { statuses: [first, ...others] };
}

/** An object, and one that PostgreSQL's jsonb can hold. */
function isStorableObject(text: string): boolean {
	if (/\\u0000/i.test(text) || !text.isWellFormed()) return false;
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) && JSON.stringify(value).isWellFormed();
	} catch {
		return false;
	}
}
