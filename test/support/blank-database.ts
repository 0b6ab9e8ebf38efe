import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { connect, queryAsAdmin, type TestDatabase } from "./database.ts";

export interface BlankDatabaseOptions {
	/** As CREATE DATABASE takes it. Default UTF8. */
	readonly encoding?: string;
	/** Its language, such as `tr-TR`, by ICU: PostgreSQL 15 and later. Default: that of C. */
	readonly icuLocale?: string;
	/** What every session of it begins with: names and values, as in ALTER DATABASE … SET. */
	readonly settings?: Readonly<Record<string, string>>;
	/** Settings of the test's own pool, which does not begin with the others. Default: none. */
	readonly ownSettings?: string;
}

/** A database in which nothing is, on the server the suite runs on. */
export async function createBlankDatabase(options: BlankDatabaseOptions = {}): Promise<TestDatabase> {
	const name = `reward_outbox_test_${randomBytes(6).toString("hex")}`;
	const language = options.icuLocale === undefined ? "" : ` LOCALE_PROVIDER icu ICU_LOCALE '${options.icuLocale}'`;
	const encoding = options.encoding ?? "UTF8";
	await queryAsAdmin(
		`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'${language}`,
	);
	for (const [setting, value] of Object.entries(options.settings ?? {})) {
		await queryAsAdmin(`ALTER DATABASE ${name} SET ${setting} = ${value}`);
	}
	return connect(inject("testServer").adminUrl, name, options.ownSettings);
}
