import { type Address, parametersOf, passwordsOf, textOf } from "../connection/address.ts";
import { PasswordCommand } from "../connection/password-source.ts";
import type { Environment } from "./environment.ts";
import type { SettingsReader } from "./reader.ts";
import { SETTINGS } from "./settings.ts";

/** What makes passwords for connections that say none; undefined: nothing does. */
export function passwordsPart(reader: SettingsReader, environment: Environment): PasswordCommand | undefined {
	const command = reader.read(SETTINGS.databasePasswordCommand);
	const { databasePasswordKeptMs: kept } = SETTINGS;
	const keptMs = reader.read(kept) ?? kept.default;
	return command === undefined ? undefined : new PasswordCommand(command, keptMs, environment);
}

/** Which of two is right nobody can say. */
export function reportSecondPassword(reader: SettingsReader, address: Address): void {
	if (passwordsOf(address) === undefined || !hasPassword(textOf(address))) return;
	const { databasePasswordCommand: setting, databaseUrl } = SETTINGS;
	reader.report(setting, `expected no other password besides it; ${reader.nameOf(databaseUrl)} or PGPASSWORD has one`);
}

/** As far as the text tells. */
export function hasPassword(text: string): boolean {
	return parametersOf(text)?.["password"] !== undefined;
}
