/** viewer: everything that only reads. operator: everything. */
type Role = "viewer" | "operator";

/** Something a person or a program shows to be let in. */
export interface Token {
	/** Who acts; goes on record with every decision. */
	readonly name: string;
	readonly role: Role;
	readonly secret: string;
}

/** Whoever was let in. */
export interface Identity {
	readonly name: string;
	readonly role: Role;
}

/** What is wrong with a line of a token file. Never shows a token, nor what may be one. */
export interface TokenProblem {
	/** From 1. */
	readonly line: number;
	readonly message: string;
}

/** The name of the token in REWARD_OUTBOX_ADMIN_TOKEN. */
export const ADMIN_NAME = "admin";

/** Shorter ones can be guessed. Characters. */
const MIN_TOKEN_LENGTH = 20;
const MAX_TOKEN_LENGTH = 1024;
const MAX_TOKENS = 1000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;

/**
 * Reads a token file: `name role token` per line, blanks between them; empty lines and those that begin with # do not
 * count. Everything that is wrong is reported at once.
 *
 * @param taken The token that exists besides the file, whose name and secret are not free.
 */
export function parseTokens(text: string, taken: Token | null): { tokens: Token[]; problems: TokenProblem[] } {
	const tokens: Token[] = [];
	const problems: TokenProblem[] = [];
	const lines = new Map<Token, string>(taken === null ? [] : [[taken, "REWARD_OUTBOX_ADMIN_TOKEN"]]);
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		const words = line.trim().split(/[ \t]+/);
		if (words[0] === "" || words[0]?.startsWith("#")) continue;
		const report = (message: string) => void problems.push({ line: index + 1, message });
		const token = readLine(words, report);
		if (token === null) continue;
		for (const [other, where] of lines) {
			if (other.name === token.name) report(`the name ${token.name} is used already (${where})`);
			if (other.secret === token.secret) report(`the same token as that of ${other.name} (${where})`);
		}
		lines.set(token, `line ${index + 1}`);
		tokens.push(token);
	}
	if (tokens.length > MAX_TOKENS) problems.push({ line: 1, message: `expected ${MAX_TOKENS} tokens at most` });
	return { tokens, problems };
}

function readLine(words: readonly string[], report: (message: string) => void): Token | null {
	const [name = "", role = "", secret = ""] = words;
	if (words.length !== 3) {
		report("expected three words: name, role, token");
		return null;
	}
	// What stands in the wrong place may be the token, so it is not shown.
	const isName = NAME.test(name);
	if (!isName) report("expected a name of letters, digits and . _ @ + - (64 at most)");
	const isRole = role === "viewer" || role === "operator";
	if (!isRole) report("expected the role viewer or operator in the second place");
	const fits = secret.length >= MIN_TOKEN_LENGTH && secret.length <= MAX_TOKEN_LENGTH && /^[!-~]+$/.test(secret);
	if (!fits) {
		report(
			`expected a token of ${MIN_TOKEN_LENGTH} to ${MAX_TOKEN_LENGTH} visible ASCII characters in the third place`,
		);
	}
	return isName && isRole && fits ? { name, role, secret } : null;
}
