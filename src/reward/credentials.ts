import { ConfigurationError } from "../errors.ts";
import { redactSecrets } from "../redact.ts";

/** Where the API key comes from: the value itself, or a function that reads it anew each time it is asked. */
export type KeySource = string | (() => string | Promise<string>);

/** What a key's prefix says about it. */
export type KeyKind = "test" | "live" | "unknown";

/** Far above any real key, and far below what a server takes as a header. */
const MAX_KEY_CHARACTERS = 1024;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const REPLACEMENT = "[redacted]";

/** What is wrong with a key, in words that do not contain it; null when nothing is. */
export function keyProblem(key: string): string | null {
	if (key === "") return "must not be empty";
	if (key.length > MAX_KEY_CHARACTERS) return `must be at most ${MAX_KEY_CHARACTERS} characters`;
	if (/\s/.test(key)) return "must not contain spaces or line breaks";
	return VISIBLE_ASCII.test(key) ? null : "must consist of visible ASCII characters";
}

export function keyKind(key: string): KeyKind {
	if (key.startsWith("sk_test_")) return "test";
	return key.startsWith("sk_live_") ? "live" : "unknown";
}

/**
 * @throws ConfigurationError when the key cannot be one, in words that do not contain it; whatever the source throws.
 */
export async function loadCredentials(source: KeySource): Promise<Credentials> {
	return new Credentials(source, await readKey(source));
}

/** Holds the API key, hands it to the one header that needs it, and keeps it out of everything else. */
export class Credentials {
	readonly #source: KeySource;
	#key: string;
	#authorization: string;
	/** Spellings of the current key and of those it replaced: a late answer may still echo an old one. */
	readonly #spellings = new Set<string>();
	#reloading: Promise<boolean> | null = null;

	/** Use {@link loadCredentials}; `key` has been checked. */
	constructor(source: KeySource, key: string) {
		this.#source = source;
		this.#key = key;
		this.#authorization = `Bearer ${key}`;
		this.#remember(key);
	}

	/** The value of the Authorization header. */
	get authorization(): string {
		return this.#authorization;
	}

	get kind(): KeyKind {
		return keyKind(this.#key);
	}

	/**
	 * Takes the key out of a text, in any spelling a JSON or URL echo would use, and whatever else looks like a secret.
	 */
	redact(text: string): string {
		let redacted = text;
		for (const spelling of this.#spellings) redacted = redacted.replaceAll(spelling, REPLACEMENT);
		return redactSecrets(redacted);
	}

	/**
	 * Asks the source again; calls at the same time share one reading.
	 *
	 * @returns Whether the key has changed; never for a literal key.
	 * @throws What {@link loadCredentials} throws. The key in use stays.
	 */
	reload(): Promise<boolean> {
		this.#reloading ??= this.#readAgain().finally(() => {
			this.#reloading = null;
		});
		return this.#reloading;
	}

	toJSON(): string {
		return REPLACEMENT;
	}

	toString(): string {
		return REPLACEMENT;
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return `Credentials(${this.kind}, ${REPLACEMENT})`;
	}

	async #readAgain(): Promise<boolean> {
		const key = await readKey(this.#source);
		if (key === this.#key) return false;
		this.#key = key;
		this.#authorization = `Bearer ${key}`;
		this.#remember(key);
		return true;
	}

	#remember(key: string): void {
		// Very short keys are not real ones, and replacing every "a" of a message would hide the message.
		if (key.length < 4) return;
		for (const spelling of [
			key,
			JSON.stringify(key).slice(1, -1),
			key.replaceAll("/", "\\/"),
			encodeURIComponent(key),
		]) {
			this.#spellings.add(spelling);
		}
	}
}

async function readKey(source: KeySource): Promise<string> {
	const key = typeof source === "string" ? source : await source();
	const problem = keyProblem(key);
	if (problem !== null) throw new ConfigurationError([{ variable: "REWARD_API_KEY", message: problem }]);
	return key;
}
