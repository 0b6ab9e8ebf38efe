import { type ConnectionParameters, parseConnection } from "./parse.ts";
import type { PasswordSource } from "./password-source.ts";

/** Where an address is read from a file, with each search anew: see `DATABASE_URL_FILE`. */
export const FILE = "file:";

/**
 * Where a database is: a URI or `key=value` pairs as libpq takes them, or `file:` and the path of a file with one;
 * where its passwords are made for each connection, with what makes them. A secret.
 */
export type Address = string | { readonly text: string; readonly passwords: PasswordSource };

/** @param passwords undefined: the password, if there is one, is in the text or where libpq looks for it */
export function addressOf(text: string, passwords: PasswordSource | undefined): Address {
	return passwords === undefined ? text : { text, passwords };
}

export function textOf(address: Address): string {
	return typeof address === "string" ? address : address.text;
}

export function passwordsOf(address: Address): PasswordSource | undefined {
	return typeof address === "string" ? undefined : address.passwords;
}

/** The parameters of an address that says them itself; null: they are in a file, or it is none. */
export function parametersOf(address: string): ConnectionParameters | null {
	return address.startsWith(FILE) ? null : parseConnection(address);
}
