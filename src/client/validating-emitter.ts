import { emit, emitMany } from "./emit.ts";
import { readEvent } from "./emit-arguments.ts";
import { InvalidEventError, InvalidPayloadError } from "./errors.ts";
import type { EmitOptions, EventInput } from "./event-input.ts";
import { withEachEvent } from "./event-list.ts";
import type { TransactionHandle } from "./executor.ts";
import { checkIdentifier } from "./identifier.ts";
import { pathText } from "./json-text.ts";
import { isStandardSchema, type SchemaIssue, type SchemaResult, type StandardSchema } from "./standard-schema.ts";

type Schemas = Readonly<Record<string, StandardSchema>>;
type MaybePromise<Value> = Value | Promise<Value>;

const MAX_SHOWN_TRIGGERS = 10;

/** What `createEmitter(schemas)` returns, without its types. */
export interface ValidatingEmitter {
	emit(tx: TransactionHandle, event: unknown, options?: EmitOptions): Promise<string>;
	emitMany(tx: TransactionHandle, events: unknown, options?: EmitOptions): Promise<string[]>;
}

/** Validates first, so that a transaction is never touched for a payload that does not match. */
export function validatingEmitter(given: Schemas): ValidatingEmitter {
	const schemas = checkedSchemas(given);
	return {
		async emit(tx, event, options) {
			const validated = validate(schemas, event);
			// Awaited only where it has to be: an emit that nobody awaits still goes out before what the caller sends next.
			return emit(tx, validated instanceof Promise ? await validated : validated, options);
		},
		async emitMany(tx, events, options) {
			// As promises, all of them: one that rejects is never left behind because the next one throws.
			const validated = withEachEvent(events, async (event) => validate(schemas, event));
			return emitMany(tx, await Promise.all(validated), options);
		},
	};
}

function checkedSchemas(schemas: Schemas): Schemas {
	for (const [trigger, schema] of Object.entries(schemas)) {
		if (!isStandardSchema(schema)) {
			throw new TypeError(`createEmitter: the schema of ${JSON.stringify(trigger)} is no Standard Schema v1`);
		}
	}
	return { ...schemas };
}

function validate(schemas: Schemas, input: unknown): MaybePromise<EventInput> {
	const event = readEvent(input);
	const schema = schemaOf(schemas, checkIdentifier("trigger", event["trigger"]));
	const result = schema["~standard"].validate("payload" in event ? event["payload"] : {});
	const finish = (outcome: SchemaResult<unknown>) =>
		({ ...event, payload: outputOf(outcome) }) as unknown as EventInput;
	return result instanceof Promise ? result.then(finish) : finish(result);
}

function schemaOf(schemas: Schemas, trigger: string): StandardSchema {
	const schema = Object.hasOwn(schemas, trigger) ? schemas[trigger] : undefined;
	if (schema) return schema;
	const known = Object.keys(schemas);
	const shown = known.slice(0, MAX_SHOWN_TRIGGERS).join(", ");
	const more = known.length > MAX_SHOWN_TRIGGERS ? ` and ${known.length - MAX_SHOWN_TRIGGERS} more` : "";
	throw new InvalidEventError("trigger", "unknown", `must be one that has a schema: ${shown}${more}`);
}

/** The schema's own messages stay in `issues`: they may quote the value, which an error's message never does here. */
function outputOf(result: SchemaResult<unknown>): unknown {
	if (!result.issues) return result.value;
	const count = result.issues.length > 1 ? ` (${result.issues.length} issues)` : "";
	throw new InvalidPayloadError(
		fieldOf(result.issues[0]),
		`does not match the schema of its trigger${count}`,
		result.issues,
	);
}

function fieldOf(issue: SchemaIssue | undefined): string {
	const keys = (issue?.path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment));
	return pathText(
		"payload",
		keys.map((key) => (typeof key === "number" ? key : String(key))),
	);
}
