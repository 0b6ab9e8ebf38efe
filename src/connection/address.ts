import { type ConnectionParameters, parseConnection } from "./parse.ts";

/** Where an address is read from a file, with each search anew: see `DATABASE_URL_FILE`. */
export const FILE = "file:";

/** The parameters of an address that says them itself; null: they are in a file, or it is none. */
export function parametersOf(address: string): ConnectionParameters | null {
	return address.startsWith(FILE) ? null : parseConnection(address);
}
