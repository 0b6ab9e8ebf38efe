import type { Chance } from "../chance.ts";
import type { Stage } from "../stage.ts";

export interface Fault {
	/** As the ledger has it. */
	readonly name: string;
	/** How often it is drawn, against the others. */
	readonly weight: number;
	/** Those that may, overlap now and then. */
	readonly mayCoincide: boolean;
	/** Business transactions may fail meanwhile, because of PostgreSQL itself. */
	readonly hitsWriters: boolean;
	/** Resolves when it is over, but for its consequences. Must be over soon when the stage's signal says so. */
	readonly strike: (stage: Stage, chance: Chance) => Promise<Note>;
}

/** What else there is to say of it. */
type Note = { readonly skipped: string } | { readonly note: string } | undefined;
