import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { TSchema } from "typebox";
import { packageVersion } from "../version.ts";
import { Backfill, BackfillList, BackfillPreview } from "./schema/backfills.ts";
import { BulkPreview, BulkRun, BulkRunList, RunOutcome } from "./schema/bulk.ts";
import { Action, Attempt, Decision, EventDetail, EventOperation, Written } from "./schema/event-detail.ts";
import { EventCounts, EventPage, EventRow, TailGap, TailMessage } from "./schema/events.ts";
import { FailureGroup, FailureGroups } from "./schema/failures.ts";
import { Operation, OperationPage } from "./schema/operations.ts";
import { Attention, Overview, Relay, Series, SeriesPoint } from "./schema/overview.ts";
import { Problem } from "./schema/problem.ts";
import { Account, AccountLine, Amount, Quarantined, QuarantineList } from "./schema/receipts.ts";
import { Retention } from "./schema/retention.ts";
import { Preferences, Session, WaysIn } from "./schema/session.ts";
import { TriggerList, TriggerRow, TriggerStatistics, TriggerStatisticsList } from "./schema/triggers.ts";
import {
	DismissResult,
	Replayed,
	ReplayResult,
	Watch,
	WatchErrorList,
	WatchErrorRow,
	WatchList,
} from "./schema/watches.ts";

/** Every schema with a name of its own. */
export const NAMED_SCHEMAS: readonly TSchema[] = [
	Problem,
	Session,
	WaysIn,
	Attention,
	Relay,
	Overview,
	SeriesPoint,
	Series,
	EventRow,
	EventPage,
	EventCounts,
	TailMessage,
	TailGap,
	Attempt,
	EventOperation,
	Action,
	EventDetail,
	Decision,
	BulkPreview,
	BulkRun,
	BulkRunList,
	RunOutcome,
	FailureGroup,
	FailureGroups,
	Written,
	Preferences,
	TriggerStatistics,
	TriggerStatisticsList,
	TriggerRow,
	TriggerList,
	Watch,
	WatchList,
	WatchErrorRow,
	WatchErrorList,
	Replayed,
	ReplayResult,
	DismissResult,
	Backfill,
	BackfillList,
	BackfillPreview,
	Operation,
	OperationPage,
	Amount,
	AccountLine,
	Account,
	Quarantined,
	QuarantineList,
	Retention,
];

const PROBLEM = {
	description: "What went wrong, as a Problem.",
	content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
};

/** How the OpenAPI document is made: of the schemas by which requests are checked. */
export const openApiOptions: FastifyDynamicSwaggerOptions = {
	openapi: {
		openapi: "3.1.0",
		info: {
			title: "reward-outbox",
			version: packageVersion(),
			description:
				"What the console does, for programs. Errors are Problems (RFC 9457). Pages are read with `cursor`, which is opaque. Numbers in payloads and metadata are as they were written: read them as decimals.",
			license: { name: "MIT", identifier: "MIT" },
		},
		servers: [{ url: "/", description: "The relay, or the console that runs alone." }],
		security: [{ token: [] }, { session: [] }],
		components: {
			securitySchemes: {
				token: { type: "http", scheme: "bearer", description: "A token of the console." },
				session: { type: "apiKey", in: "cookie", name: "reward_outbox_session", description: "A browser's session." },
			},
		},
		tags: [
			{ name: "session", description: "Signing in and out." },
			{ name: "overview", description: "Is it healthy, and what needs a person." },
			{ name: "events", description: "Searching, watching and downloading events." },
			{ name: "decisions", description: "Deciding about one event. Needs the role operator." },
			{ name: "bulk", description: "Deciding about many events. Needs the role operator." },
			{ name: "triggers", description: "Policy per trigger. Changes need the role operator." },
			{ name: "watches", description: "Capture rules and what they missed. Decisions need the role operator." },
			{ name: "operations", description: "The record of decisions." },
			{ name: "receipts", description: "What Reward's webhooks say, compared with what was sent." },
			{ name: "retention", description: "How long what is kept. Changes need the role operator." },
		],
	},
	refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema["$id"] ?? `schema${index}`) },
	transform: ({ schema, url, route }) => {
		const promised = (schema as { response?: object } | undefined)?.response ?? {};
		const operationId = operationIdOf(String(route.method), url);
		return { schema: { ...schema, operationId, response: { ...promised, default: PROBLEM } }, url };
	},
};

/** `GET /api/v1/events/:id` is `get_events_id`. */
function operationIdOf(method: string, url: string): string {
	const words = url
		.replace("/api/v1/", "")
		.split(/[^A-Za-z0-9]+/)
		.filter((word) => word !== "");
	return [method.toLowerCase(), ...words].join("_");
}
