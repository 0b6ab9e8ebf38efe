import { stat } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { readNamedFile } from "./named-file.ts";

/** Whose password is looked for. */
export interface Login {
	readonly host: string | undefined;
	readonly port: number | undefined;
	readonly database: string | undefined;
	readonly user: string | undefined;
}

/** The password that libpq's password file has for this login; undefined: none. Read anew each time. */
export async function passwordFromFile(passfile: string | undefined, login: Login): Promise<string | undefined> {
	const file = passfile ?? join(homedir(), ".pgpass");
	const info = await stat(file).catch(() => null);
	// As libpq: what is no file is not used, nor one that others may read.
	if (info === null || !info.isFile() || (platform() !== "win32" && (info.mode & 0o077) !== 0)) return undefined;
	const { host = "localhost", port = 5432, user } = login;
	const wanted = [host.startsWith("/") ? "localhost" : host, String(port), login.database ?? user, user];
	for (const line of (await readNamedFile("the password file", file, { code: "connection_password" })).split(/\r?\n/)) {
		const fields = line.startsWith("#") ? [] : fieldsOf(line);
		const fits = wanted.every((value, index) => fields[index] === "*" || fields[index] === value);
		if (fields.length === 5 && fits) return fields[4];
	}
	return undefined;
}

/** Separated by colons; a backslash takes the meaning from a colon or a backslash. */
function fieldsOf(line: string): string[] {
	const fields: string[] = [];
	let field = "";
	for (let at = 0; at < line.length; at++) {
		const character = line.charAt(at);
		if (character === ":") {
			fields.push(field);
			field = "";
		} else if (character === "\\" && at + 1 < line.length) field += line.charAt(++at);
		else field += character;
	}
	return [...fields, field].slice(0, 5);
}
