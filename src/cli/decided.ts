import type { DecisionResult } from "../store/decide-events.ts";
import { withNote } from "../words/refusal.ts";
import type { CommandContext } from "./context.ts";
import { printJsonLines } from "./output.ts";
import { printTable } from "./table.ts";

/** Prints what became of each event that was asked for by its id. One that could not be done makes the command fail. */
export function printDecided(
	context: CommandContext,
	deed: "retry" | "cancel" | "resolve",
	decided: readonly DecisionResult[],
	options: { readonly done: string; readonly json: boolean },
): void {
	const results = decided.map((result) => withNote(result, deed));
	if (options.json) printJsonLines(context, results);
	else {
		printTable(
			context,
			[{ header: "ID" }, { header: "WAS", isStatus: true }, { header: "RESULT", cap: 200, isProse: true }],
			results.map((result) => [result.event_id, result.was, result.done ? options.done : `not done: ${result.note}`]),
		);
	}
	if (results.some((result) => !result.done)) context.failQuietly();
}
