const CENSORED = "[redacted]";

/** Shapes of secrets that could end up inside an error message or a log line, wherever it came from. */
const SECRET_SHAPES: readonly (readonly [marker: string, shape: RegExp, replacement: string])[] = [
	["sk_", /\bsk_(test|live)_[^\s"'`,;&<>\\]+/g, `sk_$1_${CENSORED}`],
	["earer", /\b([Bb]earer)\s+[^\s"'`,;<>\\]+/g, `$1 ${CENSORED}`],
	// user:password@ of a URL; greedy, because an unescaped @ in a password is a common mistake.
	["://", /(:\/\/)[^\s"'`<>/]*:[^\s"'`<>]*@/g, `$1${CENSORED}@`],
	["password=", /(password=)[^\s"'`&<>]+/g, `$1${CENSORED}`],
];

/**
 * Takes out what looks like a secret: API keys, bearer tokens, credentials inside URLs. The last line of defence, not
 * the first: secrets are not put into messages to begin with.
 */
export function redactSecrets(text: string): string {
	let redacted = text;
	for (const [marker, shape, replacement] of SECRET_SHAPES) {
		// Looking for the marker first keeps the common case, no secret at all, cheap.
		if (redacted.includes(marker)) redacted = redacted.replace(shape, replacement);
	}
	return redacted;
}
