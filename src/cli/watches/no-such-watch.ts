import { OutboxError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { didYouMean } from "../../suggestion.ts";

/** There is no rule of this name; but perhaps one that was meant. */
export async function noSuchWatch(db: Database, name: string): Promise<OutboxError> {
	const { watchNames } = await import("../../store/watches/list.ts");
	const names = await watchNames(db);
	const meant = didYouMean(name, names);
	const hint =
		meant !== null
			? `did you mean ${meant}?`
			: names.length === 0
				? "there are no rules; see reward-outbox watches add --help"
				: "see reward-outbox watches list";
	return new OutboxError("no_watch", `there is no rule ${name}`, { hint });
}
