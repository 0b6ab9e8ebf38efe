import type { SettingsReader } from "./reader.ts";
import { REWARD_API_URL, SETTINGS } from "./settings.ts";
import { isLoopback, liveKeyOverHttp } from "./value.ts";

export interface RewardAddress {
	/** An origin: scheme, host, port. */
	readonly rewardApiUrl: URL;
	/** A test key may go out over http: to another machine. Left out: it may not. */
	readonly allowHttp?: true;
}

export interface RewardConfig extends RewardAddress {
	/** The key itself. Exactly one of this and `rewardApiKeyFile` is there. */
	readonly rewardApiKey?: string;
	/** A file that holds the key; see `loadRewardApiKey`. */
	readonly rewardApiKeyFile?: string;
}

/** Where Reward is. The key, as far as it is known, must not be seen by others on the way there. */
export function rewardAddress(reader: SettingsReader, key: string | undefined): RewardAddress {
	const url = reader.read(SETTINGS.rewardApiUrl) ?? new URL(REWARD_API_URL);
	const allowHttp = reader.read(SETTINGS.allowHttp) ?? false;
	if (url.protocol === "http:" && !isLoopback(url.hostname)) reportPublicHttp(reader, url, allowHttp, key);
	return { rewardApiUrl: url, ...(allowHttp ? { allowHttp } : {}) };
}

function reportPublicHttp(reader: SettingsReader, url: URL, allowHttp: boolean, key: string | undefined): void {
	if (!allowHttp) {
		const exception = `http: is for loopback only, or for tests with ${allowing(reader)} and a sk_test_ key`;
		reader.report(SETTINGS.rewardApiUrl, `expected https:; ${exception}`);
	} else if (key !== undefined && liveKeyOverHttp(key, url)) {
		const where = reader.nameOf(SETTINGS.rewardApiUrl);
		reader.report(SETTINGS.rewardApiKey, `expected a sk_test_ key: ${where} is http:, where others can read it`);
	}
}

function allowing(reader: SettingsReader): string {
	const name = reader.nameOf(SETTINGS.allowHttp);
	return name === SETTINGS.allowHttp.variable ? `${name}=1` : `${name}: true`;
}
