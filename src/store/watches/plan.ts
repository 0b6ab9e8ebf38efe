import type { Rule, RuleSettings } from "./rule.ts";

/** One step from the rules there are to the rules there should be. */
export type Step =
	| { readonly action: "create"; readonly rule: Rule }
	/** No changes: the rule is as wanted but broken, and is made anew. */
	| { readonly action: "change"; readonly rule: Rule; readonly changes: readonly Change[] }
	| { readonly action: "remove"; readonly rule: Rule };

/** One setting that is to be another. */
interface Change {
	readonly setting: keyof RuleSettings;
	readonly from: RuleSettings[keyof RuleSettings];
	readonly to: RuleSettings[keyof RuleSettings];
}

/** A rule as it is, and whether it works. */
export type ExistingRule = Rule & { readonly state: "ok" | "broken" };

export interface Plan {
	readonly steps: readonly Step[];
	/** Rules that exist, are not wanted, and stay because nothing is removed unasked. */
	readonly unmanaged: readonly string[];
}

/**
 * What has to be done so that the rules are the wanted ones: removals last, so that a rule moved to another name does
 * not leave a gap.
 *
 * @param prune Also remove rules that are not among the wanted ones.
 */
export function planRules(existing: readonly ExistingRule[], wanted: readonly Rule[], prune: boolean): Plan {
	const present = new Map(existing.map((rule) => [rule.name, rule]));
	const steps: Step[] = [];
	for (const rule of wanted) {
		const old = present.get(rule.name);
		if (old === undefined) steps.push({ action: "create", rule });
		else {
			const changes = changesOf(old, rule);
			if (changes.length > 0 || old.state === "broken") steps.push({ action: "change", rule, changes });
		}
	}
	const names = new Set(wanted.map((rule) => rule.name));
	const others = existing.filter((rule) => !names.has(rule.name));
	if (prune) steps.push(...others.map((rule): Step => ({ action: "remove", rule })));
	return { steps, unmanaged: prune ? [] : others.map((rule) => rule.name) };
}

function changesOf(old: Rule, rule: Rule): Change[] {
	const { name: _, ...settings } = rule;
	return (Object.keys(settings) as (keyof RuleSettings)[])
		.filter((setting) => String(old[setting] ?? "") !== String(rule[setting] ?? ""))
		.map((setting) => ({ setting, from: old[setting], to: rule[setting] }));
}
