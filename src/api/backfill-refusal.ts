import type { Plan } from "../backfill/plan.ts";
import { OutboxError } from "../errors.ts";
import { ProblemError } from "../http/problem.ts";
import type { Watch } from "../store/watches/list.ts";

/** The rule does not suit, or somebody else works on it: the database says so. */
export function refusedBackfill(error: unknown): never {
	if (!(error instanceof OutboxError) || error.code !== "backfill_refused") throw error;
	throw refusal(error.message, error.hint);
}

/** What the database would refuse as well, in the words of a request. @throws ProblemError */
export function mustSuit(watch: Watch, { open, goesOn }: Plan, allowDuplicates: boolean): void {
	if (watch.idempotency_key === null && !allowDuplicates) {
		const detail = `${watch.name} has no idempotency key: nothing tells which rows are events already`;
		throw refusal(detail, "give the rule one, or allow_duplicates if users may be rewarded twice");
	}
	if (open !== undefined && !goesOn) {
		const detail = `backfill ${open.id} of ${watch.name} is not finished, and was asked for with other words`;
		throw refusal(detail, "go on with it, or restart to begin anew");
	}
}

function refusal(detail: string, hint: string | undefined): ProblemError {
	return new ProblemError({ status: 409, code: "not_done", detail, hint });
}
