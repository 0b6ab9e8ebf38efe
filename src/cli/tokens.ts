import { Access } from "../access/access.ts";
import type { Token } from "../access/token.ts";
import { loadTokens, type TokenSources } from "../config/tokens-file.ts";
import { type Logger, logEvents } from "../log.ts";

/** Who is let in where there is no console. */
export function reloadableTokens(
	sources: TokenSources,
	tokens: readonly Token[],
	logger: Logger,
): { readonly access: Access; readonly reload: () => Promise<void> } {
	const access = new Access({
		tokens,
		wallClock: () => Date.now(),
		clock: () => performance.now(),
		onFailure: (address, by) => logEvents.loginFailed(logger, { address, by }),
	});
	return { access, reload: () => reloadTokens(sources, logger, (replaced) => access.replaceTokens(replaced)) };
}

/** Reads the tokens again; when that fails, the old ones stay. */
export async function reloadTokens(
	sources: TokenSources,
	logger: Logger,
	replace: (tokens: readonly Token[]) => void,
): Promise<void> {
	try {
		const tokens = await loadTokens(sources);
		replace(tokens);
		logEvents.tokensReloaded(logger, { tokens: tokens.length });
	} catch (error) {
		logEvents.tokensUnreadable(logger, { reason: error instanceof Error ? error.message : String(error) });
	}
}
