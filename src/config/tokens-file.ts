import { ADMIN_NAME, parseTokens, type Token } from "../access/token.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors.ts";
import { loadAdminToken } from "./secret-file.ts";
import { readSmallFile, shownPath } from "./small-file.ts";

const VARIABLE = "REWARD_OUTBOX_TOKENS_FILE";
const MAX_FILE_BYTES = 1024 * 1024;
/** More problems than this are one problem: it is not a token file. */
const MAX_PROBLEMS = 20;

/** What names the tokens. */
export interface TokenSources {
	readonly adminToken?: string;
	readonly adminTokenFile?: string;
	readonly tokensFile?: string;
}

/**
 * Every token as it is now: the admin's first, then those of the file. Empty when neither is set. Called at the start
 * and on SIGHUP.
 *
 * @throws ConfigurationError with everything that is wrong; it names lines and shows no token.
 */
export async function loadTokens(sources: TokenSources): Promise<Token[]> {
	const [admin, text] = await Promise.allSettled([loadAdminToken(sources), readTokens(sources.tokensFile)]);
	const reasons = [admin, text].flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
	const other = reasons.find((reason) => !(reason instanceof ConfigurationError));
	if (other !== undefined) throw other;
	const problems = reasons.flatMap((reason: ConfigurationError) => reason.problems);
	const secret = admin.status === "fulfilled" ? admin.value : null;
	const adminToken: Token | null = secret === null ? null : { name: ADMIN_NAME, role: "operator", secret };
	const parsed = parseTokens(text.status === "fulfilled" ? (text.value ?? "") : "", adminToken);
	const wrong = [...problems, ...inWords(parsed.problems)];
	if (wrong.length > 0) throw new ConfigurationError(wrong);
	if (sources.tokensFile !== undefined && parsed.tokens.length === 0) {
		const message = `there is no token in ${await shownPath(sources.tokensFile)}`;
		throw new ConfigurationError([{ variable: VARIABLE, message }]);
	}
	return adminToken === null ? parsed.tokens : [adminToken, ...parsed.tokens];
}

function inWords(problems: ReturnType<typeof parseTokens>["problems"]): ConfigurationProblem[] {
	const shownProblems = problems.slice(0, MAX_PROBLEMS);
	const lines = shownProblems.map(({ line, message }) => ({ variable: VARIABLE, message: `line ${line}: ${message}` }));
	const left = problems.length - lines.length;
	return left === 0 ? lines : [...lines, { variable: VARIABLE, message: `and ${left} further problems` }];
}

async function readTokens(path: string | undefined): Promise<string | null> {
	return path === undefined ? null : await readSmallFile({ variable: VARIABLE, path }, MAX_FILE_BYTES);
}
