import { type Static, type TSchema, Type } from "typebox";
import { MOST_BYTES } from "../../identifier.ts";

/** A schema with a name of its own in the OpenAPI document, as it is referred to from another one. */
export function named<T extends TSchema>(schema: T & { readonly $id?: string }) {
	return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** What may be null. */
export function nullable<T extends TSchema>(schema: T) {
	return Type.Union([schema, Type.Null()]);
}

/** An object that has these fields and no others. */
export function exact<const T extends Record<string, TSchema>>(fields: T, options: Record<string, unknown> = {}) {
	return Type.Object(fields, { additionalProperties: false, ...options });
}

/** A time as answers have it. */
export function time(description: string) {
	return Type.String({ format: "date-time", description, examples: ["2026-03-01T10:00:00.000Z"] });
}

/** What is said in passing elsewhere. */
export function sentence(words: string): string {
	return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

export function count(description: string) {
	return Type.Integer({ minimum: 0, description });
}

/** The database's clock. */
export const now = time("The database's clock when the look began. Every age is measured from here.");

export const nextCursor = nullable(
	Type.String({ description: "For the next page: send it back as `cursor`. Null: this is the last page." }),
);

/** Any JSON value, numbers as they were written. */
export const anyJson = (description: string) => Type.Unknown({ description });

export const eventId = Type.String({
	pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
	description: "The event's id, a UUID.",
	examples: ["019a3c5e-7f10-7b52-9d3f-5a6b7c8d9e0f"],
});

/** An id of a trigger or a user, or a key. Its bytes are counted when it is read. */
export const identifier = (description: string, example: string) =>
	Type.String({ minLength: 1, maxLength: MOST_BYTES, description, examples: [example] });

export const reason = Type.String({
	minLength: 1,
	maxLength: 1000,
	pattern: "\\S",
	description: "Why, for those who read the record later. Kept with the name of the token.",
	examples: ["the shop's webhook was down"],
});

/** Where nothing is paid twice by it, and it can be undone. */
export const optionalReason = Type.Optional(reason);

/** Parameters of a path that names one event. */
export const EventPath = exact({ id: eventId });
/** A path that names one trigger, as one encoded segment. */
export const TriggerPath = exact({ id: identifier("The trigger's id, percent-encoded.", "successful_payment") });
