import { open } from "node:fs/promises";
import { ConfigurationError } from "../errors.ts";
import { escapeForTerminal } from "../escape.ts";
import { liveKeyOverHttp, parseSecret } from "./value.ts";

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
 * Reads a secret from a file: one line, the line break at its end does not count.
 *
 * @param variable The variable that names the file, for the error.
 * @throws ConfigurationError that names the file but shows nothing of what is in it.
 */
export async function readSecretFile(variable: string, path: string): Promise<string> {
	const text = await readStart(path).catch((cause: NodeJS.ErrnoException) => {
		throw problem(variable, `cannot read "${escapeForTerminal(path)}" (${cause.code ?? cause.name})`);
	});
	const parsed = parseSecret(text.replace(/\r?\n$/, ""));
	if ("value" in parsed) return parsed.value;
	throw problem(variable, `what is in "${escapeForTerminal(path)}" is not usable: ${parsed.expected}`);
}

async function readStart(path: string): Promise<string> {
	const file = await open(path, "r");
	try {
		const buffer = new Uint8Array(MAX_SECRET_FILE_BYTES);
		const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
		return new TextDecoder().decode(buffer.subarray(0, bytesRead));
	} finally {
		await file.close();
	}
}

function problem(variable: string, message: string): ConfigurationError {
	return new ConfigurationError([{ variable, message }]);
}
