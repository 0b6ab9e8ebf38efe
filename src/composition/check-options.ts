import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type AlertConfig, alertPart } from "../config/alert-part.ts";
import { type AnchorConfig, anchorPart } from "../config/anchor-part.ts";
import { type DeliveryConfig, deliveryPart } from "../config/delivery-part.ts";
import { OptionsReader } from "../config/options.ts";
import { hasPassword } from "../config/passwords-part.ts";
import { type ProxyConfig, proxyPart } from "../config/proxy-part.ts";
import { requireSetting } from "../config/reader.ts";
import { rewardAddress } from "../config/reward-part.ts";
import { SETTINGS } from "../config/settings.ts";
import { liveKeyOverHttp } from "../config/value.ts";
import { type Address, addressOf } from "../connection/address.ts";
import { PasswordFunction } from "../connection/password-source.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors.ts";
import { type IdlePace, PACE_OF_ONE, type RelaySettings } from "../relay/parts.ts";
import type { KeySource } from "../reward/credentials.ts";
import { packageVersion } from "../version.ts";
import type { RelayOptions } from "./options.ts";

/** The options of a relay, checked and with their defaults. */
export interface CheckedOptions {
	readonly settings: RelaySettings;
	readonly databaseUrl: Address;
	readonly databaseListenUrl: Address;
	readonly rewardApiUrl: URL;
	readonly proxy: ProxyConfig;
	readonly shutdownGraceMs: number;
	readonly alerts: AlertConfig;
	readonly stateDir: string | undefined;
	readonly anchors: AnchorConfig;
	/** Never gives a live key to plain http:. */
	readonly rewardApiKey: KeySource;
}

/** What is right, or everything that is wrong. */
export type OptionsCheck =
	| { readonly ok: true; readonly options: CheckedOptions }
	| { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** Options that are no settings of the command line. */
const OTHERS = ["name", "logger", "processUsage", "databasePassword"];
const LOGGER_METHODS = ["trace", "debug", "info", "warn", "error", "fatal"];
const MAX_NAME_CHARACTERS = 200;

/** Checks everything about the options that can be known without a database and without reading the key. */
export function checkOptions(given: RelayOptions): OptionsCheck {
	if (typeof given !== "object" || given === null) {
		return {
			ok: false,
			problems: [{ variable: "options", message: "expected an object with databaseUrl and rewardApiKey" }],
		};
	}
	const reader = new OptionsReader(given as unknown as Readonly<Record<string, unknown>>);
	const addresses = databaseAddresses(reader, given);
	const { rewardApiUrl } = rewardAddress(reader, keyText(reader, given.rewardApiKey));
	const proxy = proxyPart(reader);
	const delivery = deliveryPart(reader);
	const alerts = alertPart(reader);
	const stateDir = reader.read(SETTINGS.stateDir);
	const anchors = anchorPart(reader);
	checkOthers(reader, given);
	reader.reportUnknown(OTHERS);
	if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
	return {
		ok: true,
		options: {
			settings: settingsOf(delivery, given.name),
			...addresses,
			rewardApiUrl,
			proxy,
			shutdownGraceMs: delivery.shutdownGraceMs,
			alerts,
			stateDir,
			anchors,
			rewardApiKey: guarded(given.rewardApiKey, rewardApiUrl),
		},
	};
}

/** @throws ConfigurationError when it is no grace that the setting could have. */
export function checkedGrace(graceMs: number): number {
	const parsed = SETTINGS.shutdownGraceMs.accept(graceMs);
	if ("value" in parsed) return parsed.value;
	throw new ConfigurationError([{ variable: "stop(graceMs)", message: `${parsed.expected}, got ${graceMs}` }]);
}

function databaseAddresses(
	reader: OptionsReader,
	{ databasePassword }: RelayOptions,
): Pick<CheckedOptions, "databaseUrl" | "databaseListenUrl"> {
	const text = requireSetting(reader, SETTINGS.databaseUrl) ?? "";
	const listenText = reader.read(SETTINGS.databaseListenUrl) ?? text;
	if (databasePassword !== undefined && typeof databasePassword !== "function") {
		reader.reportOption("databasePassword", "expected a function; a password that stays belongs into databaseUrl");
	} else if (databasePassword !== undefined && [text, listenText].some(hasPassword)) {
		reader.reportOption("databasePassword", "expected no password in databaseUrl and databaseListenUrl besides");
	}
	const passwords = databasePassword === undefined ? undefined : new PasswordFunction(databasePassword);
	const databaseUrl = addressOf(text, passwords);
	return { databaseUrl, databaseListenUrl: listenText === text ? databaseUrl : addressOf(listenText, passwords) };
}

/** The key when it is given as text; a function is asked when the relay is created. */
function keyText(reader: OptionsReader, source: unknown): string | undefined {
	return typeof source === "function" ? undefined : requireSetting(reader, SETTINGS.rewardApiKey);
}

/** A key that is read anew may be another kind of key. */
function guarded(source: KeySource, url: URL): KeySource {
	if (typeof source === "string") return source;
	return async () => {
		const key = await source();
		if (typeof key !== "string")
			throw keyProblem(`expected the function to return the key as text, got a ${typeof key}`);
		if (liveKeyOverHttp(key, url)) {
			throw keyProblem("expected a sk_test_ key: rewardApiUrl is http:, where others can read it");
		}
		return key;
	};
}

function keyProblem(message: string): ConfigurationError {
	return new ConfigurationError([{ variable: "rewardApiKey", message }]);
}

function checkOthers(reader: OptionsReader, { name, logger, processUsage }: RelayOptions): void {
	if (name !== undefined && !isName(name)) {
		reader.reportOption("name", `expected 1 to ${MAX_NAME_CHARACTERS} characters without control characters`);
	}
	if (processUsage !== undefined && typeof processUsage !== "function") {
		reader.reportOption("processUsage", "expected a function");
	}
	const missing = logger === undefined || logger === null ? [] : missingMethods(logger);
	if (missing.length > 0) {
		reader.reportOption("logger", `expected a pino logger or one shaped like it; it has no ${missing.join(", ")}`);
	}
}

function isName(name: unknown): boolean {
	return typeof name === "string" && name.length <= MAX_NAME_CHARACTERS && /^\P{Cc}+$/u.test(name);
}

function missingMethods(logger: unknown): string[] {
	const methods = Object(logger) as Readonly<Record<string, unknown>>;
	return LOGGER_METHODS.filter((method) => typeof methods[method] !== "function");
}

/** @param name what the relay is called; undefined: the host's name and a random part */
export function settingsOf(
	delivery: DeliveryConfig,
	name: string | undefined,
	pace: IdlePace = PACE_OF_ONE,
): RelaySettings {
	const { shutdownGraceMs: _, ...settings } = delivery;
	return {
		...settings,
		name: name ?? relayName(),
		pace,
		version: packageVersion(),
	};
}

export function relayName(): string {
	return `${hostname()}-${randomBytes(4).toString("hex")}`;
}
