import { text } from "./setting.ts";
import { parseDatabaseUrl, parseFilePath } from "./value.ts";

/** Which database, or which databases. */
export const DATABASE_SETTINGS = {
	databaseUrl: text({
		variable: "DATABASE_URL",
		option: "databaseUrl",
		meaning: "PostgreSQL: a URI or key=value pairs as libpq takes them, several hosts and service= included",
		shownDefault: "PGHOST, PGSERVICE and the other PG* variables",
		parse: parseDatabaseUrl,
		isSecret: true,
	}),
	databaseUrlFile: text({
		variable: "DATABASE_URL_FILE",
		meaning: "a file with that; read again when a connection fails",
		shownDefault: "none",
		parse: parseFilePath,
	}),
	databasesFile: text({
		variable: "REWARD_OUTBOX_DATABASES_FILE",
		meaning:
			"instead of DATABASE_URL: a YAML file that names many databases for one relay; read again on SIGHUP: docs/many-databases.md",
		shownDefault: "none",
		parse: parseFilePath,
		// A secret is easily pasted here.
		isSecret: true,
	}),
	databaseListenUrl: text({
		variable: "DATABASE_LISTEN_URL",
		option: "databaseListenUrl",
		meaning: "a direct connection for LISTEN where the database's goes through a pooler",
		shownDefault: "the database's",
		parse: parseDatabaseUrl,
		isSecret: true,
	}),
} as const;
