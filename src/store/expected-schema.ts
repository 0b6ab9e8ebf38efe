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
	const all = texts.join("\n").replaceAll(/^\s*--.*$/gm, "");
	return {
		relations: named(all, /^CREATE (?:TABLE|SEQUENCE)(?: IF NOT EXISTS)? reward_outbox\.(\w+)/gm),
		// Views are made under another name first, to be compared with what is there.
		views: named(all, /^CREATE OR REPLACE VIEW reward_outbox\.(?!scratch_view )(\w+)/gm),
		functions: named(all, /^CREATE OR REPLACE FUNCTION reward_outbox\.(\w+)/gm),
		triggers: [...all.matchAll(/^\s*CREATE (?:OR REPLACE )?TRIGGER (\w+)\s[^;]*?\sON reward_outbox\.(\w+)/gm)].map(
			([, name, table]) => ({ name: name as string, table: table as string }),
		),
		grants: grantsOf(privileges),
	};
}

function named(text: string, pattern: RegExp): string[] {
	return [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))];
}

function grantsOf(text: string): ExpectedGrant[] {
	const bare = text.replaceAll(/--.*$/gm, "").replaceAll(/DO \$\$.*?\$\$;/gs, "");
	const statements = bare.matchAll(/^GRANT\s+([^;]*?)\s+ON\s+(FUNCTION\s+|SCHEMA\s+)?([^;]*?)\s+TO\s+([\w,\s]+);/gm);
	return [...statements].flatMap(([, privileges = "", kind = "relation", objects = "", roles = ""]) =>
		roles.split(",").flatMap((role) =>
			objectsOf(kind, objects).flatMap((object) =>
				privilegesOf(privileges).map((what) => ({
					role: role.trim().toLowerCase(),
					kind: kind.trim().toLowerCase() as ExpectedGrant["kind"],
					object,
					...what,
				})),
			),
		),
	);
}

function objectsOf(kind: string, text: string): string[] {
	if (kind.startsWith("SCHEMA")) return [text.trim()];
	return text.split(/,\s*(?=reward_outbox\.)/).map((object) => object.trim().replaceAll(/\s+/g, " "));
}

/** `SELECT, INSERT (a, b)` */
function privilegesOf(text: string): Pick<ExpectedGrant, "privilege" | "columns">[] {
	return [...text.matchAll(/([A-Z]+)(?:\s*\(([^)]*)\))?/g)].map(([, privilege, columns]) => ({
		privilege: privilege as string,
		columns: columns?.split(",").map((column) => column.trim()) ?? null,
	}));
}
