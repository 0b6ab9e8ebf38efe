import { createReadStream } from "node:fs";
import { Document, LineCounter, parseDocument, visit, type YAMLParseError } from "yaml";
import { UsageError } from "../../errors.ts";
import { hasUnsafe, safeYaml } from "../../escape.ts";
import { PLAIN_RULE, type Rule } from "../../store/watches/rule.ts";
import { didYouMean } from "../../suggestion.ts";

const SETTINGS = ["table", ...Object.keys(PLAIN_RULE)];
const MOST_BYTES = 8 * 1024 * 1024;
const OPERATIONS = ["INSERT", "UPDATE", "DELETE"];

/**
 * Reads rules from a YAML or JSON file (JSON is YAML), or from stdin for `-`. @throws UsageError that names what is
 * wrong
 */
export async function readRules(file: string, stdin: NodeJS.ReadableStream): Promise<Rule[]> {
	return parseRules(await textOf(file === "-" ? stdin : createReadStream(file), file).catch(cannotRead(file)));
}

/** @throws UsageError */
export function parseRules(text: string): Rule[] {
	const lines = new LineCounter();
	// Errors made pretty look for their line once each, and a file may have as many as it has characters.
	const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
	const [error] = document.errors;
	if (error !== undefined) throw wrong(errorInWords(error, lines));
	const { watches, ...rest } = objectOf(contentOf(document), "the file");
	const [unknown] = Object.keys(rest);
	if (unknown !== undefined) throw wrong(`the file: unknown key ${unknown}`);
	if (watches === null || watches === undefined) throw wrong("the file: expected the key watches");
	return Object.entries(objectOf(watches, "watches")).map(([name, rule]) => parseRule(name, objectOf(rule, name)));
}

function errorInWords({ message, pos }: YAMLParseError, lines: LineCounter): string {
	const { line, col } = lines.linePos(pos[0]);
	return `${message.split("\n")[0]} at line ${line}, column ${col}`;
}

/** @throws UsageError for an alias that leads nowhere, and for aliases of aliases that would fill the memory */
function contentOf(document: ReturnType<typeof parseDocument>): unknown {
	try {
		return document.toJS();
	} catch (cause) {
		if (cause instanceof ReferenceError) throw wrong(cause.message);
		throw cause;
	}
}

/** Rules as `apply` reads them; what is at its default is left out. */
export function formatRules(rules: readonly Rule[]): string {
	const entries = rules.map((rule) => {
		const settings = SETTINGS.map((setting) => [setting, rule[setting as keyof Rule]] as const);
		const told = settings.filter(
			([setting, value]) =>
				setting === "operations" || (value !== null && value !== PLAIN_RULE[setting as keyof typeof PLAIN_RULE]),
		);
		return [rule.name, Object.fromEntries(told)];
	});
	const document = new Document({ watches: Object.fromEntries(entries) });
	visit(document, {
		// Only there an escape is one.
		Scalar: (_, scalar) => {
			if (typeof scalar.value !== "string") return;
			if (hasUnsafe(scalar.value) || beginsBlank(scalar.value)) scalar.type = "QUOTE_DOUBLE";
		},
		Seq: (_, list) => {
			list.flow = true;
		},
	});
	return safeYaml(document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

/** As a block its first line would be taken for indentation. */
function beginsBlank(text: string): boolean {
	return text.split("\n", 1)[0]?.trim() === "";
}

function parseRule(name: string, given: Record<string, unknown>): Rule {
	for (const [setting, value] of Object.entries(given)) {
		if (!SETTINGS.includes(setting)) throw unknownSetting(name, setting);
		if (setting !== "operations" && value !== null && typeof value !== "string") {
			throw wrong(`${name}.${setting}: expected text; SQL that YAML takes for something else needs quotes`);
		}
	}
	if (typeof given["table"] !== "string") throw wrong(`${name}.table is missing`);
	return {
		...PLAIN_RULE,
		...withoutNulls(given),
		operations: operationsOf(name, given["operations"]),
		name,
		table: given["table"],
	} as Rule;
}

function withoutNulls(given: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function operationsOf(name: string, given: unknown): readonly string[] {
	if (given === undefined || given === null) return PLAIN_RULE.operations;
	const words = (Array.isArray(given) ? given : [given]).map((word) => String(word).toUpperCase());
	if (words.length > 0 && words.every((word) => OPERATIONS.includes(word)))
		return OPERATIONS.filter((word) => words.includes(word));
	throw wrong(`${name}.operations: expected a list of INSERT, UPDATE, DELETE`);
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	throw wrong(`${what}: expected names and values`);
}

function unknownSetting(name: string, setting: string): UsageError {
	const meant = didYouMean(setting, SETTINGS);
	return wrong(`${name}: unknown setting ${setting}${meant === null ? "" : `; did you mean ${meant}?`}`);
}

function wrong(message: string): UsageError {
	return new UsageError(message, { hint: "reward-outbox watches export shows what such a file looks like" });
}

function cannotRead(file: string): (error: Error) => never {
	return (cause) => {
		if (cause instanceof UsageError) throw cause;
		throw new UsageError(`cannot read ${file}: ${cause.message}`, { cause });
	};
}

/** A pipe is as good as a file here; one without an end is neither. */
async function textOf(stream: NodeJS.ReadableStream, file: string): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of stream) {
		chunks.push(Buffer.from(chunk));
		bytes += chunk.length;
		if (bytes > MOST_BYTES) throw wrong(`${file} is too large for rules: more than ${MOST_BYTES} bytes`);
	}
	return Buffer.concat(chunks).toString("utf8");
}
