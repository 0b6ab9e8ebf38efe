/** A privilege that the migrations give to a role. */
interface ExpectedGrant {
	/** PUBLIC is `public`. */
	readonly role: string;
	readonly kind: "function" | "schema" | "relation";
	/** With its schema; of a function, with its arguments. */
	readonly object: string;
	readonly privilege: string;
	/** Null: on all of it. */
	readonly columns: readonly string[] | null;
}

/**
 * What a schema made from the migrations consists of, as far as a dump can leave something out. Names are without the
 * schema.
 */
export interface ExpectedSchema {
	/** Tables and sequences: what holds something. */
	readonly relations: readonly string[];
	readonly views: readonly string[];
	readonly functions: readonly string[];
	readonly triggers: readonly { readonly name: string; readonly table: string }[];
	readonly grants: readonly ExpectedGrant[];
}

/** Reads it from the texts of the migrations themselves, which are the only list there is. */
export function expectedSchema(texts: readonly string[], privileges: string): ExpectedSchema {
	const all = texts.join("\n").replaceAll(COMMENT, "");
	return {
		relations: named(all, /^CREATE (?:TABLE|SEQUENCE)(?: IF NOT EXISTS)? reward_outbox\.(\w+)/gm),
		// Views are made under another name first, to be compared with what is there.
		views: named(all, /^CREATE OR REPLACE VIEW reward_outbox\.(?!scratch_view )(\w+)/gm),
		functions: named(all, /^CREATE OR REPLACE FUNCTION reward_outbox\.(\w+)/gm),
		triggers: all.split(";").flatMap(triggerOf),
		grants: grantsOf(privileges),
	};
}

const COMMENT = /--.*$/gm;

/** Of a statement that creates a database trigger on a table of ours. */
function triggerOf(statement: string): ExpectedSchema["triggers"] {
	const created = /^[ \t]*CREATE (?:OR REPLACE )?TRIGGER (\w+)/m.exec(statement);
	const table = created && /\sON reward_outbox\.(\w+)/.exec(statement.slice(created.index));
	return table ? [{ name: created[1] as string, table: table[1] as string }] : [];
}

function named(text: string, pattern: RegExp): string[] {
	return [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))];
}

function grantsOf(text: string): ExpectedGrant[] {
	const outsideOfBlocks = text
		.replaceAll(COMMENT, "")
		.split("$$")
		.filter((_part, index) => index % 2 === 0);
	return outsideOfBlocks.join("").split(";").flatMap(grantsOfStatement);
}

function grantsOfStatement(statement: string): ExpectedGrant[] {
	const words = statement.trim().replaceAll(/\s+/g, " ");
	const on = words.indexOf(" ON ");
	const to = words.lastIndexOf(" TO ");
	if (!words.startsWith("GRANT ") || on < 0 || to < on) return [];
	const [, kind = "relation", objects = ""] = /^(FUNCTION|SCHEMA)? ?(.*)$/.exec(words.slice(on + 4, to)) ?? [];
	const privileges = privilegesOf(words.slice("GRANT ".length, on));
	const roles = words
		.slice(to + 4)
		.split(",")
		.map((role) => role.trim().toLowerCase());
	return roles.flatMap((role) =>
		objectsOf(kind, objects).flatMap((object) =>
			privileges.map((what) => ({ role, kind: kind.toLowerCase() as ExpectedGrant["kind"], object, ...what })),
		),
	);
}

function objectsOf(kind: string, text: string): string[] {
	// Not between the arguments of a function.
	return kind === "SCHEMA" ? [text] : text.split(/, (?=reward_outbox\.)(?![^(]*\))/);
}

/** `SELECT, INSERT (a, b)` */
function privilegesOf(text: string): Pick<ExpectedGrant, "privilege" | "columns">[] {
	return [...text.matchAll(/([A-Z]+)(?:\s*\(([^)]*)\))?/g)].map(([, privilege, columns]) => ({
		privilege: privilege as string,
		columns: columns?.split(",").map((column) => column.trim()) ?? null,
	}));
}
