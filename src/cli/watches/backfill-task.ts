import type { RowRequest } from "../../backfill/plan.ts";
import { type Asked, boundsInWords } from "../../backfill/rows.ts";
import type { Database } from "../../store/database.ts";
import type { Backfill, Bounds, Tally } from "../../store/watches/backfill.ts";
import type { Watch } from "../../store/watches/list.ts";
import { counted } from "../../words/counts.ts";
import type { CommandContext } from "../context.ts";
import type { DecisionFlags } from "../decision.ts";
import { escapeForTerminal } from "../output.ts";

export interface BackfillFlags extends RowRequest, DecisionFlags {
	/** Rows a second. */
	readonly rate: number;
	readonly dryRun?: true;
	readonly yes?: true;
	readonly allowDuplicates?: true;
}

/** What is to be done, and with what. */
export interface Task {
	readonly db: Database;
	readonly watch: Watch;
	readonly asked: Asked;
	readonly bounds: Bounds;
	/** Rows that it is about, those that an earlier run has dealt with among them. */
	readonly rows: number;
	/** The unfinished one that this goes on with. */
	readonly open: Backfill | undefined;
	readonly flags: BackfillFlags;
	readonly context: CommandContext;
}

export function rowsInWords(bounds: Bounds, rows: number, watch: Watch): string {
	return escapeForTerminal(`${watch.name} on ${watch.table}: ${counted(rows, "row")} ${boundsInWords(bounds)}`);
}

export function wouldBe({ events, known, unneeded, failed }: Tally): string {
	return `${events} would be events, ${known} are already, the rule does not apply to ${unneeded}, ${failed} would fail`;
}
