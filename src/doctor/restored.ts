import type { Database } from "../store/database.ts";
import { isWhole, type MissingParts, readMissingParts } from "../store/missing-parts.ts";
import { counted } from "../words/counts.ts";
import { type Check, fail, ok } from "./check.ts";

const FIX = "reward-outbox doctor --script prints what puts it back: for psql, as a superuser";
const NAMED = 10;

/** Whether all of the schema came along when the database was restored, copied or moved. */
export async function checkRestored(db: Database): Promise<Check[]> {
	const parts = await readMissingParts(db);
	if (isWhole(parts)) return [ok("restored", "every role, table, function and privilege of the schema is there")];
	return findings(parts).map((message) => fail("restored", message, FIX));
}

function findings(parts: MissingParts): string[] {
	const { roles, relations, views, functions, triggers, grants, orphans, open, foreign, membership } = parts;
	const told: [boolean, string][] = [
		[
			roles.length > 0,
			`this cluster lacks the roles ${named(roles)}: events of writers may be refused without a trace`,
		],
		[membership, "reward_outbox_operator is not a member of reward_outbox_auditor"],
		[relations.length > 0, `tables are missing: ${named(relations)}`],
		[views.length > 0, `views are missing: ${named(views)}`],
		[functions.length > 0, `functions are missing: ${named(functions)}`],
		[triggers.length > 0, `triggers are missing: ${named(triggers)}`],
		[grants.length > 0, `privileges are missing: ${grants.map(({ role, count }) => `${count} of ${role}`).join(", ")}`],
		[open > 0, `${counted(open, "function")} may be executed by everybody`],
		[
			foreign > 0,
			`${counted(foreign, "table or function does", "tables or functions do")} not belong to the owner of the schema`,
		],
		...orphans.map(({ name, tables }): [boolean, string] => [
			true,
			`the rule ${name} is not in the database, but its trigger function is${tables.length === 0 ? "" : `, on ${named(tables)}`}: changes are not captured`,
		]),
	];
	return told.filter(([isSo]) => isSo).map(([, message]) => message);
}

function named(names: readonly string[]): string {
	const rest = names.length - NAMED;
	return rest > 0 ? `${names.slice(0, NAMED).join(", ")} and ${rest} more` : names.join(", ");
}
