import { type ConnectionOptions, getCACertificates } from "node:tls";
import { OutboxError } from "../errors.ts";
import { readNamedFile } from "./named-file.ts";
import type { ConnectionParameters } from "./parse.ts";

/**
 * How libpq's sslmode is carried out, in the order of trying: plain text is `false`; undefined leaves it to the driver.
 */
export type TlsAttempt = ConnectionOptions | false | undefined;

/** What drivers of Node have besides, as they mean it. */
const OF_DRIVERS: Readonly<Record<string, string>> = {
	true: "verify-full",
	"1": "verify-full",
	"no-verify": "no-verify",
};

/** @throws OutboxError when a file cannot be read, or the mode is none of libpq's */
export async function tlsAttempts(parameters: ConnectionParameters): Promise<readonly TlsAttempt[]> {
	const { sslrootcert } = parameters;
	const sslmode = parameters["sslmode"] ?? OF_DRIVERS[parameters["ssl"] ?? ""];
	const unchecked = async () => ({ ...(await filesOf(parameters)), rejectUnauthorized: false });
	switch (sslmode) {
		case undefined:
			return [undefined];
		case "disable":
			return [false];
		case "allow":
			return [false, await unchecked()];
		case "prefer":
			return [await unchecked(), false];
		case "no-verify":
			return [await unchecked()];
		case "require":
			// As libpq: a root certificate that is given is used.
			return [sslrootcert === undefined ? await unchecked() : await checked(parameters, false)];
		case "verify-ca":
			return [await checked(parameters, false)];
		case "verify-full":
			return [await checked(parameters, true)];
		default:
			throw new OutboxError("connection_tls", `sslmode=${sslmode} is none of PostgreSQL's`, {
				hint: "disable, allow, prefer, require, verify-ca or verify-full",
			});
	}
}

async function checked(parameters: ConnectionParameters, withName: boolean): Promise<ConnectionOptions> {
	const files = { ...(await filesOf(parameters)), rejectUnauthorized: true };
	// The system's roots vouch for anybody who has a name: only the name makes it this server.
	const checkName = withName || parameters["sslrootcert"] === "system";
	return checkName ? files : { ...files, checkServerIdentity: () => undefined };
}

async function filesOf({
	sslrootcert,
	sslcert,
	sslkey,
	sslpassword,
}: ConnectionParameters): Promise<ConnectionOptions> {
	const [ca, cert, key] = await Promise.all([
		sslrootcert === "system" ? getCACertificates("system") : read("sslrootcert", sslrootcert),
		read("sslcert", sslcert),
		read("sslkey", sslkey),
	]);
	return {
		...(ca === undefined ? {} : { ca }),
		...(cert === undefined ? {} : { cert }),
		...(key === undefined ? {} : { key }),
		...(sslpassword === undefined ? {} : { passphrase: sslpassword }),
	};
}

async function read(name: string, file: string | undefined): Promise<string | undefined> {
	if (file === undefined) return undefined;
	return await readNamedFile(name, file, { code: "connection_tls" });
}
