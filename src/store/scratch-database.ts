import { randomBytes } from "node:crypto";
import { openDatabase } from "./database.ts";

/** A database that was made to be dropped. */
export interface ScratchDatabase {
	readonly name: string;
	readonly url: string;
	/** Drops it, whoever is connected. May be called twice. */
	close(): Promise<void>;
}

/**
 * Creates an empty database on the server of `serverUrl`, whose user needs CREATEDB. The database in the URL is not
 * touched.
 *
 * @param prefix The name begins with it.
 */
export async function createScratchDatabase(serverUrl: string, prefix: string): Promise<ScratchDatabase> {
	const name = `${prefix}_${randomBytes(4).toString("hex")}`;
	await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	return { name, url: url.href, close: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
	const db = openDatabase({ url, applicationName: "reward-outbox demo", maxConnections: 1 });
	try {
		await db.query(statement);
	} finally {
		await db.end();
	}
}
