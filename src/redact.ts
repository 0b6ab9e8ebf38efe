const CENSORED = "[redacted]";

/** Shapes of secrets that could end up inside an error message or a log line, wherever it came from. */
const SECRET_SHAPES: readonly (readonly [marker: string, shape: RegExp, replacement: string])[] = [
	["sk_", /\bsk_(test|live)_[^\s"'`,;&<>\\]+/g, `sk_$1_${CENSORED}`],
	["earer", /\b([Bb]earer)\s+[^\s"'`,;<>\\]+/g, `$1 ${CENSORED}`],
	// None of them takes a backslash: inside a line of JSON it belongs to what it escapes.
	["enieKey", /\b([Gg]enieKey)\s+[^\s"'`,;<>\\]+/g, `$1 ${CENSORED}`],
	["whsec_", /\bwhsec_[\w+/=-]+/g, `whsec_${CENSORED}`],
	["password=", /(password=)[^\s"'`&<>\\]+/g, `$1${CENSORED}`],
];
const EXAMPLE = "user:password";
/** Where a URL ends in the middle of a text. */
const END_OF_URL = /[\s"'`<>]/g;

/**
 * Takes out what looks like a secret: API keys, bearer tokens, credentials inside URLs. The last line of defence, not
 * the first: secrets are not put into messages to begin with. The text may come from a receiver that wishes us ill: the
 * time this takes grows with the length of the text and no faster.
 */
export function redactSecrets(text: string): string {
	let redacted = redactUrls(text);
	for (const [marker, shape, replacement] of SECRET_SHAPES) {
		// Looking for the marker first keeps the common case, no secret at all, cheap.
		if (redacted.includes(marker)) redacted = redacted.replace(shape, replacement);
	}
	return redacted;
}

/**
 * `user:password@` of every URL, up to its last `@`: an unescaped one in a password is a common mistake. By hand,
 * because a pattern would start anew at every `://`, also where thousands of them share one end.
 */
function redactUrls(text: string): string {
	let from = text.indexOf("://");
	if (from === -1) return text;
	let redacted = "";
	let kept = 0;
	let end = -1;
	let lastAt = -1;
	while (from !== -1) {
		const authority = from + 3;
		if (authority > end) {
			end = endOfUrl(text, authority);
			lastAt = authority + text.slice(authority, end).lastIndexOf("@");
		}
		const colon = firstColon(text, authority, end);
		let next = authority;
		if (colon !== -1 && colon < lastAt && !isExample(text, authority, lastAt)) {
			redacted += `${text.slice(kept, authority)}${CENSORED}`;
			kept = next = lastAt;
		} else if (colon !== -1) next = end;
		from = text.indexOf("://", next);
	}
	return redacted + text.slice(kept);
}

/** The words of our own help are no credentials. */
function isExample(text: string, from: number, to: number): boolean {
	return to - from === EXAMPLE.length && text.startsWith(EXAMPLE, from);
}

function endOfUrl(text: string, from: number): number {
	END_OF_URL.lastIndex = from;
	return END_OF_URL.exec(text)?.index ?? text.length;
}

/** The first colon before the path begins; -1: none. */
function firstColon(text: string, from: number, end: number): number {
	for (let at = from; at < end; at++) {
		if (text[at] === ":") return at;
		if (text[at] === "/") return -1;
	}
	return -1;
}
