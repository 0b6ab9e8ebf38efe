import { type Command, InvalidArgumentError, Option } from "commander";
import { STATUSES, type Status } from "../event/event.ts";
import type { EventFilter } from "../store/inspect/filter.ts";
import { type Moment, moment } from "./arguments.ts";

export interface FilterFlags {
	readonly status?: Status;
	readonly trigger?: string;
	readonly user?: string;
	readonly since?: Moment;
	readonly until?: Moment;
}

const TEXT_BYTES = 512;

/** Options that say which events are meant. */
export function filterOptions(command: Command): Command {
	return command
		.addOption(new Option("--status <status>", "only events in this status").choices(STATUSES))
		.option("--trigger <id>", "only events of this trigger", identifier)
		.option("--user <id>", "only events of this user", identifier)
		.option("--since <time>", "written at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 2h (ago)", moment)
		.option("--until <time>", "written before this time", moment);
}

/** An id of a trigger or user as it could be in the outbox. */
export function identifier(text: string): string {
	const bytes = Buffer.byteLength(text);
	// PostgreSQL's text has no NUL, and an argument that is no Unicode was never stored.
	if (bytes >= 1 && bytes <= TEXT_BYTES && !/\p{Cc}/u.test(text) && text.isWellFormed()) return text;
	throw new InvalidArgumentError(`Expected 1 to ${TEXT_BYTES} bytes without control characters.`);
}

export function filterOf({ status, trigger, user, since, until }: FilterFlags): EventFilter {
	return {
		...(status === undefined ? {} : { status }),
		...(trigger === undefined ? {} : { trigger }),
		...(user === undefined ? {} : { user }),
		...(since === undefined ? {} : { since }),
		...(until === undefined ? {} : { until }),
	};
}

export function isEmptyFilter(flags: FilterFlags): boolean {
	return Object.keys(filterOf(flags)).length === 0;
}
