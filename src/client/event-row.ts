import { didYouMean } from "../suggestion.ts";
import { deliverAfterText } from "./deliver-after.ts";
import { InvalidEventError } from "./errors.ts";
import type { EventInput } from "./event-input.ts";
import { checkIdentifier, checkKey, nameOfKind } from "./identifier.ts";
import { jsonText } from "./json-text.ts";
import { withTrace } from "./trace-metadata.ts";

/** The arguments of `reward_outbox.emit`, as text; null where the default applies. */
export interface EventRow {
	readonly trigger_id: string;
	readonly user_id: string;
	readonly payload: string;
	readonly idempotency_key: string | null;
	readonly ordering_key: string | null;
	readonly deliver_after: string | null;
	readonly metadata: string | null;
}

const FIELDS = {
	trigger: true,
	user: true,
	payload: true,
	idempotencyKey: true,
	orderingKey: true,
	deliverAfter: true,
	metadata: true,
} as const satisfies Record<keyof EventInput, true>;

/**
 * Checks everything about an event that can be known without the database, by the database's own rules.
 *
 * @throws InvalidEventError on the first rule it breaks.
 */
export function eventRow(input: unknown): EventRow {
	const event = readEvent(input);
	return {
		trigger_id: checkIdentifier("trigger", event["trigger"]),
		user_id: checkIdentifier("user", event["user"]),
		payload: "payload" in event ? jsonText("payload", event["payload"], "value") : "{}",
		idempotency_key: optional(event["idempotencyKey"], (key) => checkKey("idempotencyKey", key)),
		ordering_key: optional(event["orderingKey"], (key) => checkKey("orderingKey", key)),
		deliver_after: optional(event["deliverAfter"], deliverAfterText),
		metadata: withTrace(
			optional(event["metadata"], (metadata) => jsonText("metadata", metadata)),
			event["metadata"],
		),
	};
}

/**
 * Reads every property once, so that what is checked is what is sent even if the caller's object changes.
 *
 * @throws InvalidEventError when it is no object or has a property it must not have.
 */
export function readEvent(input: unknown): Readonly<Record<string, unknown>> {
	if (typeof input !== "object" || input === null || Array.isArray(input)) {
		throw new InvalidEventError("event", "type", `must be an object, got ${nameOfKind(input)}`);
	}
	const event = readProperties(input);
	for (const [name, value] of Object.entries(event)) {
		if (!Object.hasOwn(FIELDS, name)) throw unknownField(name);
		if (value === undefined && name !== "trigger" && name !== "user") {
			throw new InvalidEventError(name, "undefined", "must not be undefined: leave it out");
		}
	}
	return event;
}

function readProperties(input: object): Readonly<Record<string, unknown>> {
	try {
		return { ...input };
	} catch (cause) {
		throw new InvalidEventError("event", "unreadable", "could not be read: an accessor in it threw", { cause });
	}
}

/** A misspelt `idempotencyKey` would otherwise be an event without one. */
function unknownField(name: string): InvalidEventError {
	const shown = JSON.stringify(name.slice(0, 40));
	const meant = didYouMean(name, Object.keys(FIELDS));
	const advice = meant === null ? `it may have ${Object.keys(FIELDS).join(", ")}` : `did you mean ${meant}?`;
	return new InvalidEventError("event", "unknown", `must not have ${shown}; ${advice}`);
}

function optional(value: unknown, text: (value: unknown) => string): string | null {
	return value === undefined || value === null ? null : text(value);
}
