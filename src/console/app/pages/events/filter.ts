import type { BulkRequest } from "../../../../api/schema/bulk.ts";
import type { EventFilterQuery, Status } from "../../../../api/schema/events.ts";
import { readJson } from "../../api/exact-numbers.ts";
import { metadataAsTyped, readMetadata } from "./metadata.ts";

type BulkFilter = BulkRequest["filter"];

export const FILTER_NAMES = [
	"status",
	"trigger",
	"user",
	"since",
	"until",
	"idempotency_key",
	"metadata",
	"source",
] as const satisfies readonly (keyof EventFilterQuery)[];
export type FilterName = (typeof FILTER_NAMES)[number];

const LABELS: Readonly<Record<FilterName, string>> = {
	status: "status",
	trigger: "trigger",
	user: "user",
	since: "written since",
	until: "written before",
	idempotency_key: "idempotency key",
	metadata: "metadata",
	source: "watch",
};

/** The filter of an address. What the server does not know, it says. */
export function filterOf(query: Readonly<Record<string, string>>): EventFilterQuery {
	const named = FILTER_NAMES.flatMap((name) => (query[name] ? [[name, query[name]]] : []));
	return Object.fromEntries(named) as EventFilterQuery;
}

export function isEmpty(filter: EventFilterQuery): boolean {
	return Object.keys(filter).length === 0;
}

/** `status dead, user user123`, for a person. */
export function filterInWords(filter: EventFilterQuery | BulkFilter): string {
	const parts = FILTER_NAMES.flatMap((name) => {
		const value = filter[name];
		return value === undefined ? [] : [`${LABELS[name]} ${typeof value === "string" ? value : JSON.stringify(value)}`];
	});
	return parts.length === 0 ? "all events" : parts.join(", ");
}

/** As a body has it: metadata is an object there. @throws SyntaxError */
export function bulkFilterOf(filter: EventFilterQuery): BulkFilter {
	const { metadata, ...others } = filter;
	return metadata === undefined ? others : { ...others, metadata: readJson(metadata) as Record<string, unknown> };
}

/** As an address has it. */
export function queryOfBulkFilter({ metadata, ...others }: BulkFilter): Record<string, string | undefined> {
	return { ...others, metadata: metadata === undefined ? undefined : JSON.stringify(metadata) };
}

/** The fields of the form, as they are typed. */
export type Draft = Readonly<Record<FilterName, string>>;

export function draftOf(filter: EventFilterQuery): Draft {
	return {
		status: filter.status ?? "",
		trigger: filter.trigger ?? "",
		user: filter.user ?? "",
		since: filter.since ?? "",
		until: filter.until ?? "",
		idempotency_key: filter.idempotency_key ?? "",
		metadata: filter.metadata === undefined ? "" : metadataAsTyped(filter.metadata),
		source: filter.source ?? "",
	};
}

export interface ReadDraft {
	readonly query: Readonly<Record<FilterName, string | undefined>>;
	readonly problems: Readonly<Partial<Record<FilterName, string>>>;
}

export function readDraft(draft: Draft): ReadDraft {
	const metadata = readMetadata(draft.metadata);
	const since = readMoment(draft.since);
	const until = readMoment(draft.until);
	const problems: Partial<Record<FilterName, string>> = {};
	if (metadata !== null && "problem" in metadata) problems.metadata = metadata.problem;
	if (since === null) problems.since = MOMENT_PROBLEM;
	if (until === null) problems.until = MOMENT_PROBLEM;
	return {
		query: {
			status: (draft.status as Status) || undefined,
			// Not trimmed: blanks at the ends may belong to an id.
			trigger: draft.trigger || undefined,
			user: draft.user || undefined,
			idempotency_key: draft.idempotency_key || undefined,
			source: draft.source || undefined,
			since: since || undefined,
			until: until || undefined,
			metadata: metadata !== null && "json" in metadata ? metadata.json : undefined,
		},
		problems,
	};
}

const MOMENT_PROBLEM = "write 2h, 7d, 2026-03-01 or 2026-03-01 10:00";

const LOCAL_MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/;
const MOMENT_WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*(?:Z|[+-]\d\d:?\d\d)$/;

/** A date or a time without a zone is meant in the viewer's zone. Null: it is no moment. */
function readMoment(typed: string): string | null {
	const text = typed.trim();
	const span = /^(?:(\d+)\s*([smhdw]|min))?$/.exec(text);
	if (span !== null) return `${span[1] ?? ""}${span[2]?.charAt(0) ?? ""}`;
	if (MOMENT_WITH_ZONE.test(text)) return text.replace(" ", "T");
	const local = LOCAL_MOMENT.exec(text);
	if (local === null) return null;
	const at = new Date(`${text.slice(0, 10)}T${local[4] ?? "00:00"}`);
	// 30 February would be a day in March.
	return at.getDate() === Number(local[3]) ? at.toISOString() : null;
}
