import { type EnvironmentReader, reportBothSet } from "./environment.ts";
import {
	type HttpAddress,
	parseDatabaseUrl,
	parseFilePath,
	parseHostNames,
	parseHttpAddress,
	parseSecret,
} from "./value.ts";

const DEFAULT_HTTP_ADDRESS: HttpAddress = { host: "127.0.0.1", port: 8787 };

export interface HttpConfig {
	readonly http: HttpAddress;
	/** The token of the operator called admin. At most one of this and its file; without any token, everything but health is off. */
	readonly adminToken?: string;
	/** A file that holds the token; see `readSecretFile`. */
	readonly adminTokenFile?: string;
	/** A file of named tokens; see `loadTokens`. */
	readonly tokensFile?: string;
	/** Names besides loopback, the bound address and the machine's own addresses under which it is asked for. In lower case. */
	readonly allowedHosts?: readonly string[];
	/** The console's own connection; left out: the database's. A secret. */
	readonly consoleDatabaseUrl?: string;
}

/** What is served over HTTP, and to whom. */
export function httpPart(reader: EnvironmentReader): HttpConfig {
	const http = reader.read("REWARD_OUTBOX_HTTP_ADDR", parseHttpAddress) ?? DEFAULT_HTTP_ADDRESS;
	const token = reader.read("REWARD_OUTBOX_ADMIN_TOKEN", parseSecret);
	const file = reader.read("REWARD_OUTBOX_ADMIN_TOKEN_FILE", parseFilePath);
	const tokensFile = reader.read("REWARD_OUTBOX_TOKENS_FILE", parseFilePath);
	const allowedHosts = reader.read("REWARD_OUTBOX_ALLOWED_HOSTS", parseHostNames);
	const consoleDatabaseUrl = reader.read("REWARD_OUTBOX_CONSOLE_DATABASE_URL", parseDatabaseUrl);
	reportBothSet(reader, "REWARD_OUTBOX_ADMIN_TOKEN");
	return {
		http,
		...(token === undefined ? {} : { adminToken: token }),
		...(file === undefined ? {} : { adminTokenFile: file }),
		...(tokensFile === undefined ? {} : { tokensFile }),
		...(allowedHosts === undefined ? {} : { allowedHosts }),
		...(consoleDatabaseUrl === undefined ? {} : { consoleDatabaseUrl }),
	};
}
