import type { Rule } from "../store/watches/rule.ts";

export const LOOKS_BACK =
	"the rule is about updates and looks at OLD, which is not known of rows that are there: where its condition hangs on that, it is taken to hold";

/** Whether a rule's condition needs what nobody knows of rows that are only looked at. */
export function looksBack({ operations, condition }: Pick<Rule, "operations" | "condition">): boolean {
	return !operations.includes("INSERT") && /\bOLD\b/i.test(condition ?? "");
}
