import type { ConfigurationProblem } from "../errors.ts";
import { didYouMean } from "../suggestion.ts";
import type { SettingsReader } from "./reader.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { NOT_SHOWN, nameOfValue, searchedSecrets, shownName, shownText } from "./shown-value.ts";
import type { Parse } from "./value.ts";

/** Settings that a database may have of its own, by their names in the file. */
const SETTINGS_OF_ENTRIES: Readonly<Record<string, Setting<unknown>>> = {
	url: SETTINGS.databaseUrl,
	listen_url: SETTINGS.databaseListenUrl,
	password_command: SETTINGS.databasePasswordCommand,
	reward_api_key: SETTINGS.rewardApiKey,
	webhook_token: SETTINGS.webhookToken,
	concurrency: SETTINGS.concurrency,
	poll_interval_ms: SETTINGS.pollIntervalMs,
	max_attempts: SETTINGS.maxAttempts,
	backoff_base_ms: SETTINGS.backoffBaseMs,
	backoff_cap_ms: SETTINGS.backoffCapMs,
};
const OTHERS = ["name", "url_file", "reward_api_key_file", "webhook_token_file", "paused", "limits"];

/** What an entry may hold. */
const ENTRY_KEYS: readonly string[] = [...Object.keys(SETTINGS_OF_ENTRIES), ...OTHERS];

/** Reads the settings of one entry; those that it does not have are as they are for all. */
export class EntryReader implements SettingsReader {
	readonly #label: string;
	readonly #given: Readonly<Record<string, unknown>>;
	readonly #defaults: Readonly<Record<string, unknown>>;
	readonly #problems: ConfigurationProblem[];

	/** @param problems those of all entries: to it is added */
	constructor(
		label: string,
		given: Readonly<Record<string, unknown>>,
		defaults: object,
		problems: ConfigurationProblem[],
	) {
		this.#label = label;
		this.#given = given;
		this.#defaults = defaults as Readonly<Record<string, unknown>>;
		this.#problems = problems;
	}

	get problems(): readonly ConfigurationProblem[] {
		return this.#problems;
	}

	nameOf(setting: Setting<unknown>): string {
		const key = keyOf(setting);
		return key === undefined ? setting.variable : `${this.#label}.${key}`;
	}

	has(setting: Setting<unknown>): boolean {
		const key = keyOf(setting);
		return key !== undefined && this.hasKey(key);
	}

	hasKey(key: string): boolean {
		return this.#given[key] !== undefined;
	}

	read<T>(setting: Setting<T>): T | undefined {
		const key = keyOf(setting);
		const value = key === undefined ? undefined : this.#given[key];
		if (value === undefined) return this.#defaults[setting.option ?? ""] as T | undefined;
		const parsed = setting.accept(value);
		if ("value" in parsed) return parsed.value;
		this.report(setting, `${parsed.expected}, got ${this.#shown(value, setting.isSecret)}`);
		return undefined;
	}

	/** A text that is not a setting: the path of a file. */
	readPath(key: string, parse: Parse<string>): string | undefined {
		const value = this.#given[key];
		if (value === undefined) return undefined;
		const parsed = typeof value === "string" ? parse(value) : parse("");
		if ("value" in parsed) return parsed.value;
		// A secret is easily pasted here.
		this.reportKey(key, `${parsed.expected}, got ${this.#shown(value, true)}`);
		return undefined;
	}

	readSwitch(key: string): boolean {
		const value = this.#given[key] ?? false;
		if (typeof value === "boolean") return value;
		this.reportKey(key, `expected true or false, got ${this.#shown(value, false)}`);
		return false;
	}

	report(setting: Setting<unknown>, message: string): void {
		this.reportKey(keyOf(setting) ?? setting.variable, message);
	}

	/** @param key null: the entry itself */
	reportKey(key: string | null, message: string): void {
		const where = key === null ? this.#label : `${this.#label}.${key}`;
		this.#problems.push({ variable: SETTINGS.databasesFile.variable, message: `${where}: ${message}` });
	}

	/** Reports every key that does not exist: a misspelt one would silently do nothing. */
	reportUnknown(): void {
		for (const key of Object.keys(this.#given)) {
			if (ENTRY_KEYS.includes(key)) continue;
			const meant = didYouMean(key, ENTRY_KEYS);
			this.reportKey(shownName(key), meant === null ? "unknown key" : `unknown key; did you mean ${meant}?`);
		}
	}

	#shown(value: unknown, isSecret: boolean): string {
		if (typeof value !== "string") return nameOfValue(value);
		const secrets = ["url", "listen_url", "password_command", "reward_api_key", "webhook_token"].map((key) =>
			String(this.#given[key] ?? ""),
		);
		return isSecret && value !== "" ? NOT_SHOWN : shownText(value, searchedSecrets(secrets));
	}
}

function keyOf(setting: Setting<unknown>): string | undefined {
	return Object.entries(SETTINGS_OF_ENTRIES).find(([, known]) => known === setting)?.[0];
}
