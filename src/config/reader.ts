import type { ConfigurationProblem } from "../errors.ts";
import type { Setting } from "./setting.ts";

/**
 * Where settings come from: the variables of an environment, or the options of a relay inside a process of somebody's.
 * The rules are written once, over this; so both refuse the same, in their own names.
 */
export interface SettingsReader {
	/** What is wrong, so that everything can be reported at once. */
	readonly problems: readonly ConfigurationProblem[];
	/** What the setting is called here. */
	nameOf(setting: Setting<unknown>): string;
	/** Set at all; an empty value is set, and for every setting a mistake. */
	has(setting: Setting<unknown>): boolean;
	/** The value, or undefined when the setting is unset or wrong (which is then among the problems). */
	read<T>(setting: Setting<T>): T | undefined;
	report(setting: Setting<unknown>, message: string): void;
}

/** Like `read`, for what cannot be left out: being unset is a problem too. */
export function requireSetting<T>(reader: SettingsReader, setting: Setting<T>): T | undefined {
	if (reader.has(setting)) return reader.read(setting);
	const parsed = setting.parse("");
	reader.report(setting, "expected" in parsed ? `missing; ${parsed.expected}` : "missing");
	return undefined;
}
