import { type Config, type ConfigPart, readConfig } from "../config.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors.ts";
import type { Environment } from "./environment.ts";
import type { FileSetting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { type NamedFile, readSmallFile, shownPath } from "./small-file.ts";

/** The longest of them, a template, may have half of that. */
const MAX_FILE_BYTES = 65_536;

/** The parts of a configuration that have secrets which may stand in files. */
const FILES: Readonly<Partial<Record<ConfigPart, readonly FileSetting[]>>> = {
	alerts: [
		SETTINGS.alertWebhookUrlFile,
		SETTINGS.alertTemplateFile,
		SETTINGS.alertHeadersFile,
		SETTINGS.alertKeyFile,
		SETTINGS.alertSigningSecretFile,
		SETTINGS.heartbeatUrlFile,
	],
	anchors: [SETTINGS.anchorWebhookUrlFile],
	http: [SETTINGS.oidcClientSecretFile],
};

/** An environment with what files hold in its place, and what is wrong with the files. */
export interface Filled {
	readonly environment: Environment;
	readonly problems: readonly ConfigurationProblem[];
}

/**
 * Reads the configuration's parts with what is in the files that they name.
 *
 * @throws ConfigurationError listing every problem, in the files and elsewhere. It shows no secret.
 */
export async function loadConfig<P extends ConfigPart = never>(
	environment: Environment,
	parts: readonly P[],
): Promise<Config<P>> {
	const filled = await fillFromFiles(environment, parts);
	const result = readConfig(filled.environment, parts);
	if (result.ok && filled.problems.length === 0) return result.config;
	// What is missing because its file is of no use has been said.
	const said = new Set(filled.problems.map(({ variable }) => variable.replace(/_FILE$/, "")));
	const others = result.ok ? [] : result.problems.filter(({ variable }) => !said.has(variable));
	throw new ConfigurationError([...filled.problems, ...others], {
		hint: "the README's configuration table explains every variable",
	});
}

/** Puts what is in files where it would stand without them. */
export async function fillFromFiles(environment: Environment, parts: readonly ConfigPart[]): Promise<Filled> {
	const settings = parts
		.flatMap((part) => FILES[part] ?? [])
		.filter(({ variable }) => environment[variable] !== undefined);
	const read = await Promise.all(settings.map((setting) => readInto(environment, setting)));
	return {
		environment: Object.assign({}, environment, ...read.map(({ values }) => values)),
		problems: read.flatMap(({ problem }) => (problem === null ? [] : [problem])),
	};
}

/** The files with secrets that an environment names in this way. */
export function namedSecretFiles(environment: Environment): NamedFile[] {
	return Object.values(FILES)
		.flat()
		.flatMap(({ variable }) => {
			const path = environment[variable];
			return path === undefined ? [] : [{ variable, path }];
		});
}

interface Reading {
	readonly values: Environment;
	readonly problem: ConfigurationProblem | null;
}

async function readInto(environment: Environment, { variable, holds, parse }: FileSetting): Promise<Reading> {
	const values = { [variable]: undefined };
	const wrong = (message: string): Reading => ({ values, problem: { variable, message } });
	if (environment[holds.variable] !== undefined) {
		return wrong(`expected either ${holds.variable} or ${variable}, got both`);
	}
	const path = parse(environment[variable] ?? "");
	if ("expected" in path) return wrong(path.expected);
	try {
		const text = (await readSmallFile({ variable, path: path.value }, MAX_FILE_BYTES)).replace(/\r?\n$/, "");
		const parsed = holds.parse(text);
		if ("value" in parsed) return { values: { ...values, [holds.variable]: text }, problem: null };
		return wrong(`what is in ${await shownPath(path.value)} is not usable: ${parsed.expected}`);
	} catch (error) {
		if (error instanceof ConfigurationError) return { values, problem: error.problems[0] ?? null };
		throw error;
	}
}
