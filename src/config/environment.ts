import type { ConfigurationProblem } from "../errors.ts";
import { escapeForTerminal } from "../escape.ts";
import { redactSecrets } from "../redact.ts";
import { didYouMean } from "./suggestion.ts";
import type { Parse } from "./value.ts";

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables whose values are never shown, whatever is wrong with them. */
const SECRET_VARIABLES = [
	"DATABASE_URL",
	"DATABASE_LISTEN_URL",
	"REWARD_API_KEY",
	"REWARD_OUTBOX_ADMIN_TOKEN",
	"REWARD_OUTBOX_CONSOLE_DATABASE_URL",
	"REWARD_OUTBOX_ALERT_WEBHOOK_URL",
];

/** A secret shorter than this is part of too many innocent values to be searched for in them. */
const SEARCHED_SECRET_MIN_LENGTH = 4;

const SHOWN_VALUE_CAP = 60;

/** Reads variables one by one and collects what is wrong with them, so that everything can be reported at once. */
export class EnvironmentReader {
	readonly #environment: Environment;
	readonly #problems: ConfigurationProblem[] = [];

	constructor(environment: Environment) {
		this.#environment = environment;
	}

	get problems(): readonly ConfigurationProblem[] {
		return this.#problems;
	}

	/** Set at all; an empty value is set, and for every variable a mistake. */
	has(name: string): boolean {
		return this.#environment[name] !== undefined;
	}

	/** The value, or undefined when the variable is unset or wrong (which is then among the problems). */
	read<T>(name: string, parse: Parse<T>): T | undefined {
		const text = this.#environment[name];
		if (text === undefined) return undefined;
		const parsed = parse(text);
		if ("value" in parsed) return parsed.value;
		this.report(name, `${parsed.expected}, ${this.#got(name, text)}`);
		return undefined;
	}

	/** Like {@link read}, for what cannot be left out: being unset is a problem too. */
	require<T>(name: string, parse: Parse<T>): T | undefined {
		if (this.has(name)) return this.read(name, parse);
		const parsed = parse("");
		this.report(name, "expected" in parsed ? `missing; ${parsed.expected}` : "missing");
		return undefined;
	}

	report(variable: string, message: string): void {
		this.#problems.push({ variable, message });
	}

	/** Reports every variable that looks like ours and is not: a misspelt one would silently do nothing. */
	reportUnknown(known: readonly string[]): void {
		for (const [name, value] of Object.entries(this.#environment)) {
			if (value === undefined || known.includes(name) || !/^REWARD_(OUTBOX|API)_/i.test(name)) continue;
			if (isServiceLink(name, value)) continue;
			const meant = didYouMean(name, known);
			const message = meant === null ? "unknown variable" : `unknown variable; did you mean ${meant}?`;
			this.report(escapeForTerminal(name, SHOWN_VALUE_CAP), message);
		}
	}

	#got(name: string, text: string): string {
		if (text === "") return "got an empty value";
		if (this.#mayHoldSecret(name, text)) return "got something else (not shown, it may hold a secret)";
		return `got "${escapeForTerminal(text, SHOWN_VALUE_CAP)}"`;
	}

	/** Values end up in the wrong variable; a secret is not shown there either. */
	#mayHoldSecret(name: string, text: string): boolean {
		if (SECRET_VARIABLES.includes(name)) return true;
		// Credentials and tokens of a URL stand before an @ or behind a ? (or what was typed for them).
		if (/[@?]/.test(text) || redactSecrets(text) !== text || /sk_(test|live)/i.test(text)) return true;
		return this.#secrets().some((secret) => text.includes(secret));
	}

	#secrets(): string[] {
		const values = SECRET_VARIABLES.map((name) => this.#environment[name] ?? "");
		const passwords = values.map((value) => /:\/\/[^:]*:(.*)@/s.exec(value)?.[1] ?? "");
		return [...values, ...passwords].filter((secret) => secret.length >= SEARCHED_SECRET_MIN_LENGTH);
	}
}

/**
 * Kubernetes sets these in every pod of a namespace that has a service called `reward-outbox…`; a relay must be able
 * to run next to its own service. `…_PORT` is one of them only when it holds an address (`tcp://10.0.0.1:8787`).
 */
function isServiceLink(name: string, value: string): boolean {
	if (/_SERVICE_(HOST|PORT|PORT_[A-Z0-9_]+)$/.test(name)) return true;
	if (/_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
	return name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value);
}

/** A secret is given either in a variable or in a file that another one names. */
export function reportBothSet(reader: EnvironmentReader, name: string): void {
	if (!reader.has(name) || !reader.has(`${name}_FILE`)) return;
	reader.report(name, `expected either ${name} or ${name}_FILE, got both`);
}
