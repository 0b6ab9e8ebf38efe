import type { BulkRequest } from "../../../../api/schema/bulk.ts";
import type { EventFilterQuery, Status } from "../../../../api/schema/events.ts";
import { STATUSES } from "../../../../event/event.ts";
import { readJson } from "../../api/exact-numbers.ts";
import { metadataAsTyped, readMetadata } from "./metadata.ts";
import { readMoment } from "./moment.ts";

type BulkFilter = BulkRequest["filter"];

export const FILTER_NAMES = [
	"status",
	"trigger",
	"user",
	"since",
	"until",
	"http_status",
	"error_code",
	"error",
	"text",
	"idempotency_key",
	"metadata",
	"source",
	"run",
] as const satisfies readonly (keyof EventFilterQuery)[];
export type FilterName = (typeof FILTER_NAMES)[number];

/** A filter as an address has it, of this page and of the API. */
export type EventFilter = Readonly<Partial<Record<FilterName, string>>>;

const LABELS: Readonly<Record<FilterName, string>> = {
	status: "status",
	trigger: "trigger",
	user: "user",
	since: "written since",
	until: "written before",
	http_status: "HTTP",
	error_code: "error code",
	error: "error",
	text: "payload contains",
	idempotency_key: "idempotency key",
	metadata: "metadata",
	source: "watch",
	run: "changed by bulk run",
};

/** The filter of an address. What the server does not know, it says. */
export function filterOf(query: Readonly<Record<string, string>>): EventFilter {
	return Object.fromEntries(FILTER_NAMES.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

export function isEmpty(filter: EventFilter): boolean {
	return Object.keys(filter).length === 0;
}

export function statusesOf({ status = "" }: EventFilter): readonly Status[] {
	const named = status.split(",");
	return STATUSES.filter((one) => named.includes(one));
}

/** `status dead, user user123`, for a person. */
export function filterInWords(filter: EventFilter): string {
	const parts = FILTER_NAMES.flatMap((name) => {
		const value = filter[name];
		return value === undefined ? [] : [`${LABELS[name]} ${valueInWords(name, value)}`];
	});
	return parts.length === 0 ? "all events" : parts.join(", ");
}

function valueInWords(name: FilterName, value: string): string {
	if (name === "status") return value.replaceAll(",", " or ");
	if ((name === "http_status" && value === "0") || (value === "-" && name.startsWith("error"))) return "none";
	return value;
}

/** As a body has it. @throws SyntaxError */
export function bulkFilterOf({ status, http_status, metadata, ...others }: EventFilter): BulkFilter {
	return {
		...others,
		...(status === undefined ? {} : { status: status.split(",") as Status[] }),
		...(http_status === undefined ? {} : { http_status: Number(http_status) }),
		...(metadata === undefined ? {} : { metadata: readJson(metadata) as Record<string, unknown> }),
	};
}

/** The way back. */
export function filterOfBulk({ status, http_status, metadata, ...others }: BulkFilter): EventFilter {
	return {
		...others,
		...(status === undefined ? {} : { status: [status].flat().join(",") }),
		...(http_status === undefined ? {} : { http_status: String(http_status) }),
		...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
	};
}

/** The fields of the form, as they are typed. */
export type Draft = Readonly<Record<FilterName, string>>;

export function draftOf(filter: EventFilter): Draft {
	const typed = Object.fromEntries(FILTER_NAMES.map((name) => [name, filter[name] ?? ""])) as Draft;
	return { ...typed, metadata: filter.metadata === undefined ? "" : metadataAsTyped(filter.metadata) };
}

export interface ReadDraft {
	readonly query: Readonly<Record<FilterName, string | undefined>>;
	readonly problems: Readonly<Partial<Record<FilterName, string>>>;
}

const MOMENT_PROBLEM = "write 2h, 7d, 2026-03-01 or 2026-03-01 10:00";

export function readDraft(draft: Draft): ReadDraft {
	const metadata = readMetadata(draft.metadata);
	const since = readMoment(draft.since);
	const until = readMoment(draft.until);
	const httpStatus = draft.http_status.trim();
	const problems: Partial<Record<FilterName, string>> = {};
	if (metadata !== null && "problem" in metadata) problems.metadata = metadata.problem;
	if (since === null) problems.since = MOMENT_PROBLEM;
	if (until === null) problems.until = MOMENT_PROBLEM;
	if (!/^\d{0,3}$/.test(httpStatus)) problems.http_status = "a status such as 422; 0 for no answer";
	// Not trimmed: blanks at the ends may belong to an id.
	const asTyped = Object.fromEntries(
		FILTER_NAMES.map((name) => [name, draft[name] || undefined]),
	) as ReadDraft["query"];
	return {
		query: {
			...asTyped,
			since: since || undefined,
			until: until || undefined,
			http_status: httpStatus || undefined,
			metadata: metadata !== null && "json" in metadata ? metadata.json : undefined,
		},
		problems,
	};
}
