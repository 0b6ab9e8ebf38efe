import { randomBytes } from "node:crypto";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { startPostgres } from "./postgres-server.ts";

/** What every test file gets to know about the server the suite runs on. */
export interface TestServer {
	/** Superuser connection to the maintenance database. */
	readonly adminUrl: string;
	/** Migrated database that test databases are copied from. Nothing may stay connected to it. */
	readonly template: string;
	/** False when the server was given by `TEST_DATABASE_URL`: then it cannot be stopped or reconfigured. */
	readonly embedded: boolean;
}

declare module "vitest" {
	interface ProvidedContext {
		testServer: TestServer;
	}
}

/**
 * One PostgreSQL per run, one migrated template in it. `TEST_DATABASE_URL` (a superuser's) names a server to use
 * instead.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const given = process.env["TEST_DATABASE_URL"];
	const server = given ? undefined : await startPostgres();
	// The processes of the tests inherit it: if the binaries had to be copied to be executable, once is enough.
	if (server) process.env["TEST_POSTGRES_BIN"] = server.binaries;
	const adminUrl = server?.url ?? (given as string);
	try {
		const template = await createTemplate(adminUrl);
		project.provide("testServer", { adminUrl, template, embedded: server !== undefined });
		return async () => {
			if (server) await server[Symbol.asyncDispose]();
			else await asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
		};
	} catch (error) {
		// Or the run would hang on a server nobody stops.
		await server?.[Symbol.asyncDispose]();
		throw error;
	}
}

async function createTemplate(adminUrl: string): Promise<string> {
	const template = `reward_outbox_template_${randomBytes(4).toString("hex")}`;
	// Whatever the server's default is: a container without a locale makes SQL_ASCII databases.
	await asAdmin(adminUrl, `CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
	await migrateToLatest(withDatabase(adminUrl, template));
	return template;
}

async function asAdmin(url: string, statement: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(statement);
	} finally {
		await client.end();
	}
}

function withDatabase(url: string, name: string): string {
	const result = new URL(url);
	result.pathname = `/${name}`;
	return result.href;
}
