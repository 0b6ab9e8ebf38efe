import { didYouMean } from "../suggestion.ts";
import { deliverAfterText } from "./deliver-after.ts";
import { InvalidEventError } from "./errors.ts";
import { EVENT_FIELDS, type EventField, ofTextFields } from "./event-fields.ts";
import type { EventInput } from "./event-input.ts";
import { checkIdentifier, checkKey, nameOfKind } from "./identifier.ts";
import { jsonText } from "./json-text.ts";
import { withTrace } from "./trace-metadata.ts";

/** The arguments of `reward_outbox.emit`, as text; null where the default applies. */
export type EmitArguments = Readonly<Record<EventField, string | null>> & { readonly payload: string };

/** What an event may have, as the application calls it. */
const INPUTS: readonly string[] = Object.values(EVENT_FIELDS).map(({ input }): keyof EventInput => input);

/**
 * Checks everything about an event that can be known without the database, by the database's own rules.
 *
 * @throws InvalidEventError on the first rule it breaks.
 */
export function emitArguments(given: unknown): EmitArguments {
	const event = readEvent(given);
	return {
		trigger_id: checkIdentifier("trigger", event["trigger"]),
		user_id: checkIdentifier("user", event["user"]),
		payload: "payload" in event ? jsonText("payload", event["payload"], "value") : "{}",
		...ofTextFields((name) => {
			const { input } = EVENT_FIELDS[name];
			return optional(event[input], (text) => checkKey(input, text));
		}),
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
		if (!INPUTS.includes(name)) throw unknownField(name);
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
	const meant = didYouMean(name, INPUTS);
	const advice = meant === null ? `it may have ${INPUTS.join(", ")}` : `did you mean ${meant}?`;
	return new InvalidEventError("event", "unknown", `must not have ${shown}; ${advice}`);
}

function optional(value: unknown, text: (value: unknown) => string): string | null {
	return value === undefined || value === null ? null : text(value);
}
