import { emit, emitMany } from "./emit.ts";
import type { EmitOptions, EventInput } from "./event-input.ts";
import type { TransactionHandle } from "./executor.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { validatingEmitter } from "./validating-emitter.ts";

/**
 * Trigger ids to the payloads they take. `object` takes any payload; a type whose properties are all optional may be
 * left out.
 */
export type TriggerPayloads<Triggers> = { readonly [Trigger in keyof Triggers]: object };

/** Trigger ids to the schemas of their payloads: zod, valibot, arktype, or whatever implements Standard Schema v1. */
export type TriggerSchemas = { readonly [trigger: string]: StandardSchema<object, object> };

/** The payloads that schemas take, by trigger id. */
export type PayloadsOf<Schemas extends TriggerSchemas> = {
	readonly [Trigger in keyof Schemas]: NonNullable<Schemas[Trigger]["~standard"]["types"]>["input"];
};

/** An event of any of the triggers, with that trigger's payload. */
export type EventOf<Triggers extends TriggerPayloads<Triggers>> = {
	[Trigger in keyof Triggers & string]: EventInput & { readonly trigger: Trigger } & PayloadOf<Triggers[Trigger]>;
}[keyof Triggers & string];

type PayloadOf<Payload extends object> =
	Record<never, never> extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload };

/** `emit` and `emitMany` with the types of one application's triggers. */
export interface Emitter<Triggers extends TriggerPayloads<Triggers>> {
	emit(tx: TransactionHandle, event: EventOf<Triggers>, options?: EmitOptions): Promise<string>;
	emitMany(tx: TransactionHandle, events: readonly EventOf<Triggers>[], options?: EmitOptions): Promise<string[]>;
}

/**
 * `emit` and `emitMany` that know which triggers exist and what each one's payload is. Types only: what runs is the
 * same.
 *
 * ```ts
 * const { emit } = createEmitter<{ successful_payment: { value: number }; newsletter_joined: object }>();
 * await emit(trx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
 * ```
 */
export function createEmitter<Triggers extends TriggerPayloads<Triggers>>(): Emitter<Triggers>;
/**
 * The same, checked when it runs too: before any SQL a payload is validated by its trigger's schema, and what the
 * schema makes of it (defaults, conversions) is what is written. A payload that is left out is validated as `{}`.
 *
 * ```ts
 * const { emit } = createEmitter({ successful_payment: z.object({ value: z.number().positive() }) });
 * ```
 *
 * The functions reject with `InvalidPayloadError` when a payload does not match, with `InvalidEventError` for a trigger
 * that has no schema.
 *
 * @throws TypeError when something in `schemas` is no Standard Schema v1.
 */
export function createEmitter<const Schemas extends TriggerSchemas>(schemas: Schemas): Emitter<PayloadsOf<Schemas>>;
export function createEmitter(schemas?: TriggerSchemas): unknown {
	return schemas === undefined ? { emit, emitMany } : validatingEmitter(schemas);
}
