import type { FastifySchema, FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { type FieldProblem, ProblemError } from "../http/problem.ts";

type Failed = ReturnType<ReturnType<typeof Compile>["Errors"]>[number];

/**
 * Checks requests against their schemas. In a query string and a path everything is text: numbers and switches are read
 * there, strictly.
 */
export const compileValidator: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart }) => {
	const checked = Compile(schema as TSchema);
	const part = httpPart === "querystring" ? "query" : httpPart === "params" ? "path" : "body";
	return (given: unknown) => {
		const value = part === "body" ? given : readTexts(schema as TSchema, given);
		const errors = checked.Check(value) ? unstorable(value, part) : explain(checked.Errors(value), part);
		if (errors.length === 0) return { value };
		const detail = errors.map(({ field, rule }) => `${field} ${rule}`).join("; ");
		return { error: new ProblemError({ status: 400, code: "invalid_request", detail, errors }) };
	};
};

function readTexts(schema: TSchema, given: unknown): unknown {
	const properties = (schema as { properties?: Record<string, { type?: string }> }).properties ?? {};
	return Object.fromEntries(
		Object.entries(given as Record<string, unknown>).map(([name, value]) => [
			name,
			typeof value === "string" && Object.hasOwn(properties, name) ? readText(value, properties[name]?.type) : value,
		]),
	);
}

/** What is not one stays text, and is refused for it. A list may also be said by repeating its name. */
function readText(text: string, type: string | undefined): unknown {
	if (type === "array") return text.split(",");
	if (type === "integer" && /^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
	if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
	return text;
}

const MOST_ERRORS = 20;

function explain(errors: readonly Failed[], part: string): FieldProblem[] {
	const told = new Map<string, FieldProblem>();
	for (const error of errors) {
		for (const problem of inWords(error, part)) {
			// Alternatives fail one by one and then together; the first says enough.
			if (!told.has(problem.field)) told.set(problem.field, problem);
		}
	}
	return [...told.values()].slice(0, MOST_ERRORS);
}

function inWords({ keyword, instancePath, params, message }: Failed, part: string): FieldProblem[] {
	// In a query string a list is one field.
	const at = (path: string) => `${part}${part === "query" ? path.replace(/\/\d+$/, "") : path}`.slice(0, 200);
	const given = params as Record<string, unknown>;
	switch (keyword) {
		case "boolean":
			return [];
		case "additionalProperties":
			return (given["additionalProperties"] as string[]).map((name) => ({
				field: at(`${instancePath}/${name}`),
				rule: "is not known here",
			}));
		case "required":
			return (given["requiredProperties"] as string[]).map((name) => ({
				field: at(`${instancePath}/${name}`),
				rule: "is missing",
			}));
		case "enum":
			return [{ field: at(instancePath), rule: `must be one of ${(given["allowedValues"] as string[]).join(", ")}` }];
		case "pattern":
			return [{ field: at(instancePath), rule: patternRule(String(given["pattern"])) }];
		case "minProperties":
			return [{ field: at(instancePath), rule: "must have at least one field" }];
		default:
			return [{ field: at(instancePath), rule: message }];
	}
}

function patternRule(pattern: string): string {
	if (pattern === "\\S") return "must not be blank";
	return pattern.includes("fA-F") ? "must be an id such as 019a3c5e-7f10-7b52-9d3f-5a6b7c8d9e0f" : "must be a number";
}

/** What PostgreSQL's text cannot hold was never stored, and asking for it would fail there without saying where. */
function unstorable(value: unknown, part: string): FieldProblem[] {
	const problems: FieldProblem[] = [];
	const look = (found: unknown, path: string): void => {
		if (typeof found === "string") {
			if (found.includes("\0") || !found.isWellFormed()) {
				problems.push({ field: path.slice(0, 200), rule: "must be Unicode without the character 0" });
			}
			return;
		}
		if (typeof found !== "object" || found === null) return;
		for (const [name, inner] of Object.entries(found)) {
			look(name, path);
			look(inner, `${path}/${name}`);
		}
	};
	look(value, part);
	return problems.slice(0, MOST_ERRORS);
}
