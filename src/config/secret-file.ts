import { ConfigurationError } from "../errors.ts";
import { type NamedFile, readSmallFile, shownPath } from "./small-file.ts";
import { liveKeyOverHttp, type Parse, parseSecret, parseWebhookToken } from "./value.ts";

/** No key or token is anywhere near this long; a wrong path (a log, a device) is not read to its end. */
const MAX_SECRET_FILE_BYTES = 4096;

/**
 * The API key as it is now: the one from the environment, or what its file holds at this moment. Called at the start,
 * on SIGHUP and after a 401, so that a rotated key is picked up without a restart.
 *
 * @throws ConfigurationError when the file cannot be read, does not hold one line that can be a key, or holds a live
 * key where the URL allows only a test key.
 */
export async function loadRewardApiKey(config: {
	readonly rewardApiUrl: URL;
	readonly rewardApiKey?: string;
	readonly rewardApiKeyFile?: string;
}): Promise<string> {
	if (config.rewardApiKey !== undefined) return config.rewardApiKey;
	const key = await readSecretFile("REWARD_API_KEY_FILE", config.rewardApiKeyFile ?? "");
	if (liveKeyOverHttp(key, config.rewardApiUrl)) {
		throw problem("REWARD_API_KEY_FILE", "expected a file with a sk_test_ key: REWARD_API_URL is http:");
	}
	return key;
}

/**
 * The admin token: the one from the environment, or what its file holds. Null when neither is set.
 *
 * @throws ConfigurationError when the file cannot be read or does not hold one line that can be a token.
 */
export async function loadAdminToken(config: {
	readonly adminToken?: string;
	readonly adminTokenFile?: string;
}): Promise<string | null> {
	if (config.adminTokenFile === undefined) return config.adminToken ?? null;
	return await readSecretFile("REWARD_OUTBOX_ADMIN_TOKEN_FILE", config.adminTokenFile);
}

/**
 * The secret end of the webhooks' path: the one from the environment, or what its file holds. Null when neither is set.
 *
 * @throws ConfigurationError when the file cannot be read or does not hold one line that can be such a token.
 */
export async function loadWebhookToken(config: {
	readonly webhookToken?: string;
	readonly webhookTokenFile?: string;
}): Promise<string | null> {
	if (config.webhookTokenFile === undefined) return config.webhookToken ?? null;
	return await readSecretFile("REWARD_OUTBOX_WEBHOOK_TOKEN_FILE", config.webhookTokenFile, parseWebhookToken);
}

/**
 * Reads a secret from a file: one line, the line break at its end does not count.
 *
 * @param variable The variable that names the file, for the error.
 * @throws ConfigurationError that names the file but shows nothing of what is in it.
 */
export async function readSecretFile(
	variable: string,
	path: string,
	parse: Parse<string> = parseSecret,
): Promise<string> {
	const text = await readSmallFile({ variable, path }, MAX_SECRET_FILE_BYTES);
	const parsed = parse(text.replace(/\r?\n$/, ""));
	if ("value" in parsed) return parsed.value;
	throw problem(variable, `what is in ${await shownPath(path)} is not usable: ${parsed.expected}`);
}

/** The files with secrets that a configuration names. */
export function secretFiles(config: {
	readonly rewardApiKeyFile?: string;
	readonly adminTokenFile?: string;
	readonly tokensFile?: string;
	readonly webhookTokenFile?: string;
	readonly databasesFile?: string;
}): NamedFile[] {
	return [
		{ variable: "REWARD_API_KEY_FILE", path: config.rewardApiKeyFile },
		{ variable: "REWARD_OUTBOX_ADMIN_TOKEN_FILE", path: config.adminTokenFile },
		{ variable: "REWARD_OUTBOX_TOKENS_FILE", path: config.tokensFile },
		{ variable: "REWARD_OUTBOX_WEBHOOK_TOKEN_FILE", path: config.webhookTokenFile },
		{ variable: "REWARD_OUTBOX_DATABASES_FILE", path: config.databasesFile },
	].flatMap(({ variable, path }) => (path === undefined ? [] : [{ variable, path }]));
}

function problem(variable: string, message: string): ConfigurationError {
	return new ConfigurationError([{ variable, message }]);
}
