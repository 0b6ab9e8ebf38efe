/**
 * Standard Schema v1 (standardschema.dev), which zod, valibot, arktype and others implement; the part of it that is
 * used. Written down here because the specification asks for that rather than for a dependency.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
	readonly "~standard": {
		readonly version: 1;
		readonly vendor: string;
		readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
		/** Exists for the compiler only. */
		readonly types?: { readonly input: Input; readonly output: Output } | undefined;
	};
}

/** What a schema says of a value: `issues` when it does not match, the (possibly converted) value when it does. */
export type SchemaResult<Output> =
	| { readonly value: Output; readonly issues?: undefined }
	| { readonly issues: readonly SchemaIssue[] };

/** One thing a schema found wrong. `message` is the schema library's, and may quote the value. */
export interface SchemaIssue {
	readonly message: string;
	readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export function isStandardSchema(schema: unknown): schema is StandardSchema {
	// A schema of arktype is a function.
	if ((typeof schema !== "object" || schema === null) && typeof schema !== "function") return false;
	const standard = (schema as Partial<StandardSchema>)["~standard"];
	return standard?.version === 1 && typeof standard.validate === "function";
}
