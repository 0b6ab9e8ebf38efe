import { dirname, resolve } from "node:path";
import { FILE, textOf } from "../connection/address.ts";
import { withEnvironment } from "../connection/environment.ts";
import { PasswordCommand } from "../connection/password-source.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors.ts";
import {
	DATABASES_VARIABLE,
	type DatabaseEntry,
	type EntryDefaults,
	identityOf,
	parseDatabases,
} from "./databases-file.ts";
import type { DeliveryConfig } from "./delivery-part.ts";
import type { Environment } from "./environment.ts";
import { readSecretFile } from "./secret-file.ts";
import { readSmallFile } from "./small-file.ts";
import { liveKeyOverHttp, parseDatabaseUrl, parseWebhookToken } from "./value.ts";

const MOST_BYTES = 4 * 1024 * 1024;
/** More problems than this are one problem: it is another file. */
const MOST_PROBLEMS = 50;
const MOST_ADDRESS_BYTES = 16 * 1024;

/** What reading the file needs to know. */
export interface DatabasesSource {
	readonly databasesFile: string;
	readonly delivery: DeliveryConfig;
	readonly rewardApiUrl: URL;
	readonly hasKey: boolean;
	/** Of those that have neither a password nor a command of their own; undefined: nothing. */
	readonly passwords: PasswordCommand | undefined;
	/** How long what a command printed is used again. */
	readonly passwordKeptMs: number;
	/** For libpq's variables, which fill in what a URL leaves out. */
	readonly environment: Environment;
}

/**
 * The databases as the file has them now, and the files that it names have been read.
 *
 * @throws ConfigurationError with everything that is wrong: it names entries and shows no secret
 */
export async function loadDatabases(source: DatabasesSource): Promise<readonly DatabaseEntry[]> {
	const text = await readSmallFile({ variable: DATABASES_VARIABLE, path: source.databasesFile }, MOST_BYTES);
	const folder = dirname(source.databasesFile);
	const defaults: EntryDefaults = {
		...source,
		resolve: (path) => resolve(folder, path),
		completed: (url) => withEnvironment(url, source.environment),
		passwords: (command) =>
			command === null ? source.passwords : new PasswordCommand(command, source.passwordKeptMs, source.environment),
	};
	const { entries, problems } = parseDatabases(text, defaults);
	const ofFiles = await Promise.all(entries.map((entry) => problemsOfFiles(entry, source.rewardApiUrl)));
	const all = [...problems, ...ofFiles.flat(), ...(await sameDatabases(entries)), ...(await sameTokens(entries))];
	if (all.length > 0) throw new ConfigurationError(capped(all), { hint: "docs/many-databases.md explains the file" });
	return entries;
}

/**
 * The key of an entry as it is now.
 *
 * @throws ConfigurationError that names the entry
 */
export async function loadEntryKey(
	entry: DatabaseEntry,
	rewardApiUrl: URL,
	ofEnvironment: () => Promise<string>,
): Promise<string> {
	if (entry.key === null) return ofEnvironment();
	if ("text" in entry.key) return entry.key.text;
	const key = await inEntry(entry, "reward_api_key_file", readSecretFile(DATABASES_VARIABLE, entry.key.file));
	if (!liveKeyOverHttp(key, rewardApiUrl)) return key;
	const message = "reward_api_key_file: expected a file with a sk_test_ key: REWARD_API_URL is http:";
	throw new ConfigurationError([{ variable: DATABASES_VARIABLE, message: `${entry.name}.${message}` }]);
}

/**
 * The secret end of the path of an entry's webhooks as it is now; null: none are received for it.
 *
 * @throws ConfigurationError that names the entry
 */
export async function loadEntryWebhookToken(entry: DatabaseEntry): Promise<string | null> {
	if (entry.webhookToken === null) return null;
	if ("text" in entry.webhookToken) return entry.webhookToken.text;
	const reading = readSecretFile(DATABASES_VARIABLE, entry.webhookToken.file, parseWebhookToken);
	return inEntry(entry, "webhook_token_file", reading);
}

async function problemsOfFiles(entry: DatabaseEntry, rewardApiUrl: URL): Promise<readonly ConfigurationProblem[]> {
	const reads = await Promise.allSettled([
		entry.key === null ? null : loadEntryKey(entry, rewardApiUrl, async () => ""),
		checkAddressFile(entry),
		loadEntryWebhookToken(entry),
	]);
	const reasons = reads.flatMap((read) => (read.status === "rejected" ? [read.reason] : []));
	return reasons.flatMap((reason) => {
		if (reason instanceof ConfigurationError) return reason.problems;
		throw reason;
	});
}

async function addressIn(entry: DatabaseEntry): Promise<string | null> {
	const path = fileOf(entry);
	if (path === null) return null;
	const reading = readSmallFile({ variable: DATABASES_VARIABLE, path }, MOST_ADDRESS_BYTES);
	return (await inEntry(entry, "url_file", reading)).replace(/\r?\n$/, "");
}

async function checkAddressFile(entry: DatabaseEntry): Promise<void> {
	const parsed = parseDatabaseUrl((await addressIn(entry)) ?? textOf(entry.databaseUrl));
	if ("value" in parsed) return;
	const message = `${entry.name}.url_file: what is in it is not usable: ${parsed.expected}`;
	throw new ConfigurationError([{ variable: DATABASES_VARIABLE, message }]);
}

/** A path that led to two databases would lead to either of them. */
async function sameTokens(entries: readonly DatabaseEntry[]): Promise<ConfigurationProblem[]> {
	const seen = new Map<string, string>();
	const problems: ConfigurationProblem[] = [];
	for (const entry of entries) {
		const token = await loadEntryWebhookToken(entry).catch(() => null);
		if (token === null) continue;
		const first = seen.get(token);
		if (first === undefined) seen.set(token, entry.name);
		else {
			const message = `${entry.name}.webhook_token: expected one of its own, got that of ${first}`;
			problems.push({ variable: DATABASES_VARIABLE, message });
		}
	}
	return problems;
}

/** Addresses in files are compared as well, with each other and with those that stand in the file itself. */
async function sameDatabases(entries: readonly DatabaseEntry[]): Promise<ConfigurationProblem[]> {
	const seen = new Map<string, string>();
	const problems: ConfigurationProblem[] = [];
	for (const entry of entries) {
		const inFile = await addressIn(entry).catch(() => null);
		const identity = identityOf(inFile ?? textOf(entry.databaseUrl));
		if (identity === null) continue;
		const first = seen.get(identity);
		if (first === undefined) seen.set(identity, entry.name);
		else if (inFile !== null || fileOf(entries.find(({ name }) => name === first) ?? entry) !== null) {
			const message = `${entry.name}.url: expected a database of its own, got that of ${first}`;
			problems.push({ variable: DATABASES_VARIABLE, message });
		}
	}
	return problems;
}

function fileOf({ databaseUrl }: DatabaseEntry): string | null {
	const text = textOf(databaseUrl);
	return text.startsWith(FILE) ? text.slice(FILE.length) : null;
}

async function inEntry<T>({ name }: DatabaseEntry, key: string, reading: Promise<T>): Promise<T> {
	try {
		return await reading;
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		const problems = error.problems.map(({ variable, message }) => ({
			variable,
			message: `${name}.${key}: ${message}`,
		}));
		throw new ConfigurationError(problems);
	}
}

function capped(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
	const left = problems.length - MOST_PROBLEMS;
	if (left <= 0) return problems;
	const message = `and ${left} further problems`;
	return [...problems.slice(0, MOST_PROBLEMS), { variable: DATABASES_VARIABLE, message }];
}
