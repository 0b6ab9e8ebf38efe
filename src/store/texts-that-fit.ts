import type { Outcome } from "../event/outcome.ts";
import { isAboutContent } from "./database-error.ts";

interface WithOutcome {
	readonly outcome: Outcome;
}

/** What is kept of an answer, from the most to the least. The last says nothing that a database could not hold. */
const FORMS: readonly ((text: string) => string | null)[] = [storable, inAscii, () => null];

/**
 * Writes results whatever receivers have said: what a database cannot hold must never keep an outcome from being
 * recorded. Only texts are given up, first characters that the encoding of the database may not have, then all of them;
 * and only those of the results that need it: what is refused together is tried in halves.
 *
 * @param write One statement, which is undone as a whole where it fails; repeatable.
 * @returns what the last of them returned
 */
export async function withTextsThatFit<T extends WithOutcome, Result>(
	batch: readonly T[],
	write: (batch: readonly T[]) => Promise<Result>,
	form = 0,
): Promise<Result> {
	const next = form + 1;
	try {
		return await write(batch.map((settlement) => withTexts(settlement, FORMS[form] as (typeof FORMS)[number])));
	} catch (error) {
		if (!isAboutContent(error) || (batch.length <= 1 && next === FORMS.length)) throw error;
		if (batch.length <= 1) return withTextsThatFit(batch, write, next);
		const half = batch.length >> 1;
		await withTextsThatFit(batch.slice(0, half), write, form);
		return withTextsThatFit(batch.slice(half), write, form);
	}
}

function withTexts<T extends WithOutcome>(settlement: T, form: (text: string) => string | null): T {
	const { errorCode, errorMessage, responseBody } = settlement.outcome;
	if (errorCode === null && errorMessage === null && responseBody === null) return settlement;
	const formed = (text: string | null) => (text === null ? null : form(text));
	return {
		...settlement,
		outcome: {
			...settlement.outcome,
			// A short word of ours or of the protocol; without it nobody would know what happened.
			errorCode: formed(errorCode) ?? (errorCode === null ? null : "unrecordable"),
			errorMessage: formed(errorMessage),
			responseBody: formed(responseBody),
		},
	};
}

/** PostgreSQL holds no U+0000, and no half of a surrogate pair. */
function storable(text: string): string {
	return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** Other characters by their numbers, as in JSON. */
function inAscii(text: string): string {
	return text.replace(/[^\x20-\x7e\t\n\r]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
