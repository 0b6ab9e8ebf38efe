import { homedir } from "node:os";
import { join } from "node:path";
import { OutboxError } from "../errors.ts";
import { readNamedFile } from "./named-file.ts";
import type { ConnectionParameters } from "./parse.ts";

const NO_SERVICE = "connection_service";
const HINT = "PGSERVICEFILE or servicefile= names another file, service= another section";

/**
 * What a section of a pg_service.conf says; given parameters come before it. @throws OutboxError when it has no such
 * section
 */
export async function withService(parameters: ConnectionParameters): Promise<ConnectionParameters> {
	const { service, servicefile, ...given } = parameters;
	if (service === undefined) return given;
	const file = servicefile ?? join(homedir(), ".pg_service.conf");
	const text = await readNamedFile("the service file", file, { code: NO_SERVICE, hint: HINT });
	const section = sectionOf(text, service);
	if (section === null) throw noService(`the service file "${file}" has no section [${service}]`);
	return { ...section, ...given };
}

function sectionOf(text: string, service: string): ConnectionParameters | null {
	const lines = text.split(/\r?\n/).map((line) => line.trim());
	const start = lines.indexOf(`[${service}]`);
	if (start < 0) return null;
	const end = lines.findIndex((line, index) => index > start && line.startsWith("["));
	const inside = lines
		.slice(start + 1, end < 0 ? undefined : end)
		.filter((line) => line !== "" && !line.startsWith("#"));
	return Object.fromEntries(
		inside.map((line) => {
			const [name = "", ...value] = line.split("=");
			return [name.trim(), value.join("=").trim()];
		}),
	);
}

function noService(message: string): OutboxError {
	return new OutboxError(NO_SERVICE, message, { hint: HINT });
}
