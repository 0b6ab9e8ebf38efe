import type { ConfigurationProblem } from "../errors.ts";
import { didYouMean } from "../suggestion.ts";
import type { SettingsReader } from "./reader.ts";
import { jsonText, type Setting } from "./setting.ts";
import { ALL_SETTINGS } from "./settings.ts";
import { NOT_SHOWN, nameOfValue, searchedSecrets, shownName, shownText } from "./shown-value.ts";

/**
 * Reads the options of `createRelay` one by one and collects what is wrong with them. An `undefined` one is not set.
 */
export class OptionsReader implements SettingsReader {
	readonly #options: Readonly<Record<string, unknown>>;
	readonly #problems: ConfigurationProblem[] = [];

	constructor(options: Readonly<Record<string, unknown>>) {
		this.#options = options;
	}

	get problems(): readonly ConfigurationProblem[] {
		return this.#problems;
	}

	nameOf(setting: Setting<unknown>): string {
		return setting.option ?? setting.variable;
	}

	has(setting: Setting<unknown>): boolean {
		return this.#valueOf(setting) !== undefined;
	}

	read<T>(setting: Setting<T>): T | undefined {
		const value = this.#valueOf(setting);
		if (value === undefined) return undefined;
		const parsed = setting.accept(value);
		if ("value" in parsed) return parsed.value;
		this.report(setting, `${parsed.expected}, got ${this.#shown(setting, value)}`);
		return undefined;
	}

	report(setting: Setting<unknown>, message: string): void {
		this.reportOption(this.nameOf(setting), message);
	}

	/** For options that are no settings: a logger, a name. */
	reportOption(name: string, message: string): void {
		this.#problems.push({ variable: name, message });
	}

	/** Reports every option that does not exist: a misspelt one would silently do nothing. */
	reportUnknown(others: readonly string[]): void {
		const known = [...OPTIONS, ...others];
		for (const name of Object.keys(this.#options)) {
			if (known.includes(name)) continue;
			const meant = didYouMean(name, known);
			this.reportOption(shownName(name), meant === null ? "unknown option" : `unknown option; did you mean ${meant}?`);
		}
	}

	#valueOf({ option }: Setting<unknown>): unknown {
		return option === undefined ? undefined : this.#options[option];
	}

	#shown({ isSecret }: Setting<unknown>, value: unknown): string {
		if (typeof value !== "string") return nameOfValue(value);
		return isSecret && value !== "" ? NOT_SHOWN : shownText(value, this.#secrets());
	}

	#secrets(): string[] {
		const values = ALL_SETTINGS.filter(({ isSecret }) => isSecret).map((setting) => this.#valueOf(setting));
		return searchedSecrets(values.map(asText));
	}
}

/** The options of `createRelay` that are settings. */
export const OPTIONS: readonly string[] = ALL_SETTINGS.flatMap(({ option }) => (option === undefined ? [] : [option]));

function asText(value: unknown): string {
	if (value instanceof URL) return value.href;
	return typeof value === "object" && value !== null ? jsonText(value) : String(value ?? "");
}
