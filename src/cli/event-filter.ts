import { type Command, InvalidArgumentError, Option } from "commander";
import { STATUSES, type Status } from "../event/event.ts";
import { isIdentifier, isKey, MOST_BYTES } from "../identifier.ts";
import type { EventFilter } from "../store/inspect/filter.ts";
import { type Moment, moment } from "./arguments.ts";
import { jsonObject } from "./json-argument.ts";

export interface FilterFlags {
	readonly status?: Status;
	readonly trigger?: string;
	readonly user?: string;
	readonly idempotencyKey?: string;
	/** JSON text of an object. */
	readonly metadata?: string;
	readonly source?: string;
	readonly since?: Moment;
	readonly until?: Moment;
}

/** Options that say which events are meant. */
export function filterOptions(command: Command): Command {
	return command
		.addOption(new Option("--status <status>", "only events in this status").choices(STATUSES))
		.option("--trigger <id>", "only events of this trigger", identifier)
		.option("--user <id>", "only events of this user", identifier)
		.option("--idempotency-key <key>", "only the event with this key", text)
		.option("--metadata <json>", "only events whose metadata contain this: order_id=4711 or a JSON object", metadata)
		.option("--source <name>", "only events captured by this watch", text)
		.option("--since <time>", "written at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 2h (ago)", moment)
		.option("--until <time>", "written before this time", moment);
}

/** An id of a trigger or user as it could be in the outbox. */
export function identifier(text: string): string {
	if (isIdentifier(text)) return text;
	throw new InvalidArgumentError(`Expected 1 to ${MOST_BYTES} bytes without control characters, and not . or ..`);
}

/** Any text as it could be in the outbox. */
function text(value: string): string {
	if (isKey(value)) return value;
	throw new InvalidArgumentError(`Expected 1 to ${MOST_BYTES} bytes.`);
}

const SHORT_METADATA = /^([^\s{}"'=]+)=(.*)$/s;

/** Whether it is `order_id=4711`, and no JSON. */
export function isShortMetadata(text: string): boolean {
	return SHORT_METADATA.test(text);
}

const EXPECTED_METADATA = 'Expected name=value, such as order_id=4711, or a JSON object, such as {"order_id": 4711}.';

/**
 * JSON text of an object. A short form names one member; its value is text unless it reads as a number, true, false,
 * null or quoted text.
 */
export function metadata(text: string): string {
	const short = SHORT_METADATA.exec(text);
	const json =
		short === null
			? text
			: JSON.stringify({ [short[1] as string]: null }).replace(/null}$/, `${scalar(short[2] as string)}}`);
	// What PostgreSQL cannot hold was never stored.
	if (!json.isWellFormed() || /\\u0000/i.test(json)) throw new InvalidArgumentError(EXPECTED_METADATA);
	try {
		return jsonObject(json);
	} catch {
		throw new InvalidArgumentError(EXPECTED_METADATA);
	}
}

/** As JSON text; a number keeps the digits it was given with. */
function scalar(text: string): string {
	const isScalar = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|".*")$/s.test(text);
	return isScalar ? text : JSON.stringify(text);
}

export function filterOf(flags: FilterFlags): EventFilter {
	const { status, trigger, user, idempotencyKey, metadata, source, since, until } = flags;
	return {
		...(status === undefined ? {} : { status }),
		...(trigger === undefined ? {} : { trigger }),
		...(user === undefined ? {} : { user }),
		...(idempotencyKey === undefined ? {} : { idempotencyKey }),
		...(metadata === undefined ? {} : { metadata }),
		...(source === undefined ? {} : { source }),
		...(since === undefined ? {} : { since }),
		...(until === undefined ? {} : { until }),
	};
}

export function isEmptyFilter(flags: FilterFlags): boolean {
	return Object.keys(filterOf(flags)).length === 0;
}
