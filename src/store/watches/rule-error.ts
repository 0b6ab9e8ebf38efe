import type pg from "pg";
import { OutboxError } from "../../errors.ts";
import { sqlState } from "../database-error.ts";
import { EXPRESSIONS, type ExpressionName, type Rule } from "./rule.ts";

/** A rule that PostgreSQL, or the rules for rules, did not accept. */
class RuleError extends OutboxError {
	static override readonly name: string = "RuleError";

	/** The rule's name. */
	readonly rule: string;
	/** The parameter at fault; undefined: not one alone. */
	readonly parameter: ExpressionName | undefined;
	/** Where in that parameter's text, counted from 1; undefined: nowhere in particular. */
	readonly position: number | undefined;

	constructor(rule: string, place: Place | null, error: pg.DatabaseError) {
		const at = place === null ? "" : `, at character ${place.position}: ${place.excerpt}`;
		const parameter = place === null || error.message.startsWith(`${place.parameter}:`) ? "" : `${place.parameter}: `;
		const subject = error.message.startsWith(`watch ${rule}:`) ? "" : `watch ${rule}: `;
		const hint = error.hint ?? (/table_name: there is no/.test(error.message) ? TABLE_HINT : HINTS[error.code ?? ""]);
		super("rule_refused", `${subject}${parameter}${error.message}${at}`, {
			cause: error,
			...(hint === undefined ? {} : { hint }),
		});
		this.rule = rule;
		this.parameter = place?.parameter;
		this.position = place?.position;
	}
}

/** What to type for a table that was not found. */
export const TABLE_HINT =
	"write it with its schema, such as public.orders; capital letters need quotes: --table '\"Orders\"'";

const HINTS: Readonly<Record<string, string>> = {
	"42P01": "names are looked up in pg_catalog only: write a table with its schema, such as app.levels",
	"42702": "write NEW.column or OLD.column",
	"55P03": "the table is busy: another transaction holds it; try again",
	"42501": "only the table's owner or a superuser may watch it, with the role reward_outbox_watcher",
};

interface Place {
	readonly parameter: ExpressionName;
	readonly position: number;
	readonly excerpt: string;
}

/** Rethrows what PostgreSQL said about a rule in the reader's terms: which parameter, and where in it. */
export function explainRefusal(rule: Rule): (error: unknown) => never {
	return (error) => {
		const code = sqlState(error);
		// Syntax and types, names and privileges (42), parameters (22), a busy table: about the rule. The rest is about the
		// world.
		if (code === undefined || !/^(42|22|0A|P0|55P03)/.test(code)) throw error;
		throw new RuleError(rule.name, placeOf(error as pg.DatabaseError, rule), error as pg.DatabaseError);
	};
}

/** PostgreSQL counts in the statement that was put around the expression; a comment before each expression names it. */
function placeOf(error: pg.DatabaseError, rule: Rule): Place | null {
	const { internalQuery: query, internalPosition } = error;
	if (query === undefined || internalPosition === undefined) return null;
	// In characters, where JavaScript counts UTF-16 units.
	const offset = Array.from(query)
		.slice(0, Number(internalPosition) - 1)
		.join("").length;
	const marker = [...query.slice(0, offset).matchAll(/\/\* (\w+) \*\//g)].at(-1)?.[1];
	const parameter = EXPRESSIONS.find((name) => name === marker);
	const text = parameter === undefined ? null : rule[parameter];
	if (parameter === undefined || text === null) return null;
	const start = query.lastIndexOf(text.trim(), offset);
	if (start < 0) return null;
	const within = text.length - text.trimStart().length + offset - start;
	// Right behind the expression: it ends too early.
	const rest = text.slice(within).trim();
	return {
		parameter,
		position: Math.min(within, text.length) + 1,
		excerpt: rest === "" ? "its end" : rest.slice(0, 60),
	};
}
