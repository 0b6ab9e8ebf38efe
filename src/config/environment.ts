import type { ConfigurationProblem } from "../errors.ts";
import { didYouMean } from "../suggestion.ts";
import type { SettingsReader } from "./reader.ts";
import type { Setting } from "./setting.ts";
import { ALL_SETTINGS, VARIABLES } from "./settings.ts";
import { NOT_SHOWN, searchedSecrets, shownName, shownText } from "./shown-value.ts";

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const LIKE_OURS = /^REWARD_(OUTBOX|API)_/i;

/** Reads variables one by one and collects what is wrong with them. */
export class EnvironmentReader implements SettingsReader {
	readonly #environment: Environment;
	readonly #problems: ConfigurationProblem[] = [];

	constructor(environment: Environment) {
		this.#environment = environment;
	}

	get problems(): readonly ConfigurationProblem[] {
		return this.#problems;
	}

	nameOf({ variable }: Setting<unknown>): string {
		return variable;
	}

	has(setting: Setting<unknown>): boolean {
		return this.#textOf(setting) !== undefined;
	}

	read<T>(setting: Setting<T>): T | undefined {
		const text = this.#textOf(setting);
		if (text === undefined) return undefined;
		const parsed = setting.parse(text);
		if ("value" in parsed) return parsed.value;
		const got = setting.isSecret && text !== "" ? NOT_SHOWN : shownText(text, this.#secrets());
		this.report(setting, `${parsed.expected}, got ${got}`);
		return undefined;
	}

	report({ variable }: Setting<unknown>, message: string): void {
		this.#problems.push({ variable, message });
	}

	/** Reports every variable that looks like ours and is not: a misspelt one would silently do nothing. */
	reportUnknown(): void {
		for (const [name, value] of Object.entries(this.#environment)) {
			if (value === undefined || VARIABLES.includes(name) || !LIKE_OURS.test(name)) continue;
			if (isServiceLink(name, value)) continue;
			const meant = didYouMean(name, VARIABLES);
			const message = meant === null ? "unknown variable" : `unknown variable; did you mean ${meant}?`;
			this.#problems.push({ variable: shownName(name), message });
		}
	}

	#textOf({ variable, otherVariable = variable }: Setting<unknown>): string | undefined {
		return this.#environment[variable] ?? this.#environment[otherVariable];
	}

	#secrets(): string[] {
		const secret = ALL_SETTINGS.filter(({ isSecret }) => isSecret);
		return searchedSecrets(secret.map((setting) => this.#textOf(setting) ?? ""));
	}
}

/**
 * Kubernetes sets these in every pod of a namespace that has a service called `reward-outbox…`; a relay must be able
 * to run next to its own service. `…_PORT` is one of them only when it holds an address (`tcp://10.0.0.1:8787`).
 */
function isServiceLink(name: string, value: string): boolean {
	if (/_SERVICE_(HOST|PORT)$/.test(name)) return true;
	if (name.includes("_SERVICE_PORT_") && /^[A-Z0-9_]+$/.test(name)) return true;
	if (/_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
	return name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value);
}

/** What is left of an environment without variables that look like ours and are not. */
export function withoutUnknown(environment: Environment): Environment {
	const known = Object.entries(environment).filter(([name]) => VARIABLES.includes(name) || !LIKE_OURS.test(name));
	return Object.fromEntries(known);
}
