import { parseDocument } from "yaml";
import { type Address, addressOf, parametersOf } from "../connection/address.ts";
import type { PasswordSource } from "../connection/password-source.ts";
import type { ConfigurationProblem } from "../errors.ts";
import type { DeliveryConfig } from "./delivery-part.ts";
import { deliveryPart } from "./delivery-part.ts";
import { EntryReader } from "./entry-reader.ts";
import { hasPassword } from "./passwords-part.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { nameOfValue, shownName } from "./shown-value.ts";
import { liveKeyOverHttp, parseFilePath } from "./value.ts";

export const DATABASES_VARIABLE = SETTINGS.databasesFile.variable;

/** One database of many, as the file has it. */
export interface DatabaseEntry {
	/** Of the operator's choice: in logs, metrics and `/readyz`. */
	readonly name: string;
	readonly databaseUrl: Address;
	/** Direct, for LISTEN; the same unless that one goes through a pooler. A secret. */
	readonly databaseListenUrl: Address;
	/** The key, or a file with it; null: the environment's. A secret. */
	readonly key: { readonly text: string } | { readonly file: string } | null;
	/** The secret end of the path of its webhooks, or a file with it; null: none are received for it. */
	readonly webhookToken: { readonly text: string } | { readonly file: string } | null;
	readonly delivery: DeliveryConfig;
	/** Nothing of it is sent. */
	readonly isPaused: boolean;
}

/** What applies where an entry says nothing. */
export interface EntryDefaults {
	readonly delivery: DeliveryConfig;
	readonly rewardApiUrl: URL;
	/** Whether the environment has a key for those that have none of their own. */
	readonly hasKey: boolean;
	/** The path of a file that an entry names, as seen from the process. */
	readonly resolve: (path: string) => string;
	/** A URL with what libpq's variables say besides. */
	readonly completed: (url: string) => string;
	/** What makes the passwords of an entry; null: of those that have neither a password nor a command of their own. */
	readonly passwords: (command: string | null) => PasswordSource | undefined;
}

export interface ParsedDatabases {
	readonly entries: readonly DatabaseEntry[];
	readonly problems: readonly ConfigurationProblem[];
}

/** Short names that people try first. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
	key: "reward_api_key",
	key_file: "reward_api_key_file",
	database_url: "url",
	database_url_file: "url_file",
};
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const NAME_RULE = "expected a name of 1 to 63 letters, digits, - _ and ., beginning with a letter or a digit";

/** Reads the text of the file. Pure, total; what is wrong with any entry is among the problems, and never a secret. */
export function parseDatabases(text: string, defaults: EntryDefaults): ParsedDatabases {
	const problems: ConfigurationProblem[] = [];
	const report = (message: string) => void problems.push({ variable: DATABASES_VARIABLE, message });
	const parsed = listOf(text, report).map(({ label, value }) => parseEntry(label, value, defaults, problems));
	const names = parsed.flatMap(({ name }) => (name === null ? [] : [{ name, what: name.toLowerCase() }]));
	reportTwice(names, report, (name, first) =>
		first === name
			? `${name}: there are two entries of this name`
			: `${name}: its name differs from ${first} in case only`,
	);
	const addresses = parsed.flatMap(({ name, address }) => {
		return name === null || address === undefined ? [] : [{ name, what: identityOf(address) }];
	});
	reportTwice(addresses, report, (name, first) => `${name}.url: expected a database of its own, got that of ${first}`);
	const entries = parsed.flatMap(({ entry }) => (entry === null ? [] : [entry]));
	if (entries.length === 0 && problems.length === 0) report("expected at least one database");
	return { entries, problems };
}

interface Listed {
	/** The entry's name, or its place. */
	readonly label: string;
	readonly value: Readonly<Record<string, unknown>>;
}

/** A list of entries with a name each, or names with their entries; below `databases`, or alone. */
function listOf(text: string, report: (message: string) => void): Listed[] {
	const document = parseDocument(text, { merge: true });
	const wrong = document.errors.slice(0, 5).map(({ code, linePos }) => placeOf(code, linePos?.[0]));
	for (const message of wrong) report(message);
	if (wrong.length > 0) return [];
	try {
		return entriesOf(document.toJS() as unknown, report);
	} catch (error) {
		if (!(error instanceof ReferenceError)) throw error;
		report("expected an anchor (&) for every alias (*), and few of them; text with such a sign needs quotes");
		return [];
	}
}

function entriesOf(root: unknown, report: (message: string) => void): Listed[] {
	const { databases = root, ...rest } = isObject(root) && "databases" in root ? root : { databases: root };
	for (const key of Object.keys(rest)) report(`unknown key ${shownName(key)} beside databases`);
	if (databases === null || databases === undefined) return [];
	if (Array.isArray(databases)) {
		return databases.flatMap((value: unknown, index) => {
			const label = isObject(value) && typeof value["name"] === "string" ? value["name"] : `entry ${index + 1}`;
			return asListed(shownName(label), value, report);
		});
	}
	if (!isObject(databases)) {
		report(`expected a list of databases, got ${nameOfValue(databases)}`);
		return [];
	}
	return Object.entries(databases).flatMap(([name, value]) =>
		asListed(shownName(name), isObject(value) ? { name, ...value } : value, report),
	);
}

function asListed(label: string, value: unknown, report: (message: string) => void): Listed[] {
	if (isObject(value)) return [{ label, value }];
	report(`${label}: expected name, url and what else there is, got ${nameOfValue(value)}`);
	return [];
}

function parseEntry(
	label: string,
	given: Readonly<Record<string, unknown>>,
	defaults: EntryDefaults,
	problems: ConfigurationProblem[],
): ParsedEntry {
	const { name, limits, ...others } = given;
	const before = problems.length;
	const reader = new EntryReader(label, normalised(others, limits), defaults.delivery, problems);
	const isNamed = typeof name === "string" && NAME.test(name);
	if (!isNamed) reader.reportKey(null, name === undefined ? "name: missing" : NAME_RULE);
	if (limits !== undefined && limits !== null && !isObject(limits))
		reader.reportKey("limits", "expected names and values");
	const address = urlOf(reader, defaults);
	const listenUrl = reader.read(SETTINGS.databaseListenUrl);
	const passwordsFor = passwordsOfEntry(reader, defaults, [reader.read(SETTINGS.databaseUrl), listenUrl]);
	const key = keyOf(reader, defaults);
	const webhookToken = secretOf(reader, defaults, SETTINGS.webhookToken, "webhook_token");
	const delivery = deliveryPart(reader);
	const isPaused = reader.readSwitch("paused");
	reader.reportUnknown();
	const known = { name: isNamed ? name : null, address };
	if (problems.length > before || address === undefined || !isNamed) return { ...known, entry: null };
	const databaseUrl = addressOf(address, passwordsFor(address));
	const listenText = listenUrl === undefined ? address : defaults.completed(listenUrl);
	const entry: DatabaseEntry = {
		name,
		databaseUrl,
		databaseListenUrl: listenText === address ? databaseUrl : addressOf(listenText, passwordsFor(listenText)),
		key,
		webhookToken,
		delivery: { ...delivery, concurrency: Math.min(delivery.concurrency, defaults.delivery.concurrency) },
		isPaused,
	};
	return { ...known, entry };
}

/** What is known of an entry, however much of it is wrong. */
interface ParsedEntry {
	readonly name: string | null;
	readonly address: string | undefined;
	/** Null: something is wrong with it. */
	readonly entry: DatabaseEntry | null;
}

/** Without `limits`, which only groups, and by the full names. What is null is not set. */
function normalised(others: Readonly<Record<string, unknown>>, limits: unknown): Record<string, unknown> {
	const all = [...Object.entries(others), ...(isObject(limits) ? Object.entries(limits) : [])];
	const named = all.filter(([, value]) => value !== null).map(([key, value]) => [SHORT_NAMES[key] ?? key, value]);
	return Object.fromEntries(named);
}

function urlOf(reader: EntryReader, { resolve, completed }: EntryDefaults): string | undefined {
	const url = reader.read(SETTINGS.databaseUrl);
	const file = reader.readPath("url_file", parseFilePath);
	if (reader.hasKey("url") && reader.hasKey("url_file"))
		reader.reportKey("url", "expected either url or url_file, not both");
	if (!reader.hasKey("url") && !reader.hasKey("url_file"))
		reader.reportKey("url", "missing; expected postgres://user:password@host:5432/database, or url_file");
	if (file !== undefined) return `file:${resolve(file)}`;
	return url === undefined ? undefined : completed(url);
}

/** A command of its own, or that of all for what says no password itself. */
function passwordsOfEntry(
	reader: EntryReader,
	{ passwords }: EntryDefaults,
	addresses: readonly (string | undefined)[],
): (address: string) => PasswordSource | undefined {
	const command = reader.read(SETTINGS.databasePasswordCommand);
	if (command === undefined) return (address) => (hasPassword(address) ? undefined : passwords(null));
	if (addresses.some((address) => address !== undefined && hasPassword(address)))
		reader.report(SETTINGS.databasePasswordCommand, "expected no password in the entry's address besides");
	return () => passwords(command);
}

function keyOf(reader: EntryReader, defaults: EntryDefaults): DatabaseEntry["key"] {
	const key = secretOf(reader, defaults, SETTINGS.rewardApiKey, "reward_api_key");
	const isGiven = reader.hasKey("reward_api_key") || reader.hasKey("reward_api_key_file");
	if (!isGiven && !defaults.hasKey) {
		const elsewhere = `or ${SETTINGS.rewardApiKey.variable} for all that have none`;
		reader.reportKey(
			"reward_api_key",
			`missing; expected the API key here, a file with it in reward_api_key_file, ${elsewhere}`,
		);
	}
	if (key !== null && "text" in key && liveKeyOverHttp(key.text, defaults.rewardApiUrl)) {
		const where = SETTINGS.rewardApiUrl.variable;
		reader.reportKey("reward_api_key", `expected a sk_test_ key: ${where} is http:, where others can read it`);
	}
	return key;
}

/** A secret, or the file with it that the key with `_file` names; null: neither is given. */
function secretOf(
	reader: EntryReader,
	{ resolve }: EntryDefaults,
	setting: Setting<string>,
	key: string,
): { readonly text: string } | { readonly file: string } | null {
	const text = reader.read(setting);
	const file = reader.readPath(`${key}_file`, parseFilePath);
	if (reader.hasKey(key) && reader.hasKey(`${key}_file`))
		reader.reportKey(key, `expected either ${key} or ${key}_file, not both`);
	if (file !== undefined) return { file: resolve(file) };
	return text === undefined ? null : { text };
}

/** Which database an address leads to, as far as its text tells; null: it is in a file. */
export function identityOf(address: string): string | null {
	const parameters = parametersOf(address);
	if (parameters === null) return null;
	const { host, hostaddr, port, dbname, user, service } = parameters;
	return JSON.stringify([(host ?? hostaddr ?? "").toLowerCase(), port ?? "5432", dbname ?? user ?? "", service ?? ""]);
}

function reportTwice(
	all: readonly { readonly name: string; readonly what: string | null }[],
	report: (message: string) => void,
	inWords: (name: string, first: string) => string,
): void {
	const seen = new Map<string, string>();
	for (const { name, what } of all) {
		if (what === null) continue;
		const first = seen.get(what);
		if (first === undefined) seen.set(what, name);
		else report(inWords(name, first));
	}
}

/** The parser's own words quote the text, and with it a password. */
function placeOf(code: string, at: { line: number; col: number } | undefined): string {
	const where = at === undefined ? "somewhere" : `line ${at.line}, column ${at.col}`;
	const what = code === "DUPLICATE_KEY" ? "a name that is there already" : `no YAML (${code})`;
	return `${where}: ${what}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
