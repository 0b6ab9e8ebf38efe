import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { as, type ConsoleUnderTest, startConsole, VIEWER } from "./console-under-test.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document of foreign shape
type Any = any;

const database = useTestDatabase();
let console: ConsoleUnderTest;
let document: Any;

beforeAll(async () => {
	console = await startConsole(database.current.url);
	document = (await as(VIEWER, console).get("/openapi.json")).json;
});
afterAll(() => console.close());

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const operations = () =>
	Object.entries(document.paths as Record<string, Record<string, Any>>).flatMap(([path, item]) =>
		Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
	);

/** Every object within, with where it is. */
function* within(value: Any, at = "#"): Generator<[string, Any]> {
	if (typeof value !== "object" || value === null) return;
	yield [at, value];
	for (const [key, inner] of Object.entries(value)) yield* within(inner, `${at}/${key}`);
}

describe("the document is OpenAPI 3.1", () => {
	test("says what it is", () => {
		expect(document.openapi).toMatch(/^3\.1\./);
		expect(document.info).toMatchObject({ title: "reward-outbox", version: expect.any(String) });
		expect(document.components.securitySchemes).toHaveProperty("token");
	});

	test("every operation has a name of its own, a summary, a known tag, answers, and declares its path parameters", () => {
		const names = operations().map(({ operation }) => operation.operationId);
		expect(new Set(names).size).toBe(names.length);
		const tags = document.tags.map(({ name }: { name: string }) => name);
		for (const { path, method, operation } of operations()) {
			const where = `${method} ${path}`;
			expect(METHODS, where).toContain(method);
			expect(operation.summary, where).toEqual(expect.any(String));
			expect(tags, where).toEqual(expect.arrayContaining(operation.tags));
			expect(
				Object.keys(operation.responses).some((code) => /^2\d\d$/.test(code)),
				where,
			).toBe(true);
			expect(operation.responses.default.content, where).toHaveProperty("application/problem+json");
			for (const answer of Object.values<Any>(operation.responses))
				expect(answer.description, where).toEqual(expect.any(String));
			const declared = (operation.parameters ?? []).filter((p: Any) => p.in === "path").map((p: Any) => p.name);
			expect(declared.sort(), where).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
			for (const parameter of operation.parameters ?? []) {
				expect(["path", "query"], where).toContain(parameter.in);
				if (parameter.in === "path") expect(parameter.required, where).toBe(true);
				expect(parameter.schema, where).toBeDefined();
			}
		}
	});

	test("every reference leads somewhere, and every schema is one", () => {
		for (const [at, value] of within(document)) {
			if (typeof value.$ref !== "string") continue;
			const target = value.$ref
				.slice(2)
				.split("/")
				.reduce((found: Any, key: string) => found?.[key], document);
			expect(value.$ref, at).toMatch(/^#\/components\/schemas\/[A-Za-z]+$/);
			expect(target, `${at}: ${value.$ref}`).toBeDefined();
		}
		for (const [name, schema] of Object.entries<Any>(document.components.schemas)) {
			expect(name).toMatch(/^[A-Za-z]+$/);
			expect(() => Compile(schema), name).not.toThrow();
			expect(["object"], name).toContain(schema.type);
		}
		for (const [at, value] of within(document)) {
			if (at.includes("/examples")) continue;
			expect(value, at).not.toHaveProperty("nullable");
			if (typeof value.type === "string" && !at.endsWith("/properties")) {
				const known = ["object", "array", "string", "number", "integer", "boolean", "null", "http", "apiKey"];
				expect(known, at).toContain(value.type);
			}
		}
	});
});

test("every call of the API is in it", () => {
	expect(
		operations()
			.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
			.sort(),
	).toMatchInlineSnapshot(`
		[
		  "DELETE /api/v1/session",
		  "GET /api/v1/backfills",
		  "GET /api/v1/backfills/{id}",
		  "GET /api/v1/bulk",
		  "GET /api/v1/bulk/{id}",
		  "GET /api/v1/bulk/{id}/outcome",
		  "GET /api/v1/events",
		  "GET /api/v1/events/counts",
		  "GET /api/v1/events/export",
		  "GET /api/v1/events/tail",
		  "GET /api/v1/events/{id}",
		  "GET /api/v1/failures",
		  "GET /api/v1/operations",
		  "GET /api/v1/operations/export",
		  "GET /api/v1/overview",
		  "GET /api/v1/preferences",
		  "GET /api/v1/receipts/account",
		  "GET /api/v1/receipts/quarantine",
		  "GET /api/v1/retention",
		  "GET /api/v1/series",
		  "GET /api/v1/session",
		  "GET /api/v1/session/ways",
		  "GET /api/v1/triggers",
		  "GET /api/v1/triggers/statistics",
		  "GET /api/v1/watches",
		  "GET /api/v1/watches/errors",
		  "PATCH /api/v1/retention",
		  "PATCH /api/v1/triggers/{id}",
		  "POST /api/v1/backfills/{id}/resume",
		  "POST /api/v1/backfills/{id}/stop",
		  "POST /api/v1/bulk",
		  "POST /api/v1/bulk/preview",
		  "POST /api/v1/bulk/{id}/stop",
		  "POST /api/v1/events",
		  "POST /api/v1/events/{id}/cancel",
		  "POST /api/v1/events/{id}/resolve",
		  "POST /api/v1/events/{id}/retry",
		  "POST /api/v1/session",
		  "POST /api/v1/triggers/{id}/pause",
		  "POST /api/v1/triggers/{id}/resume",
		  "POST /api/v1/watches/{name}/backfill",
		  "POST /api/v1/watches/{name}/backfill/preview",
		  "POST /api/v1/watches/{name}/dismiss-errors",
		  "POST /api/v1/watches/{name}/replay-errors",
		  "PUT /api/v1/preferences",
		]
	`);
});

test("docs/openapi.json is up to date (npm run docs:openapi)", async () => {
	const kept = await readFile(join(import.meta.dirname, "../../docs/openapi.json"), "utf8");
	expect(JSON.parse(kept)).toEqual(document);
});
