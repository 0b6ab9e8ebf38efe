import { text, whole } from "./setting.ts";
import { parseCommand, parseDatabaseUrl, parseFilePath } from "./value.ts";

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
	databasePasswordCommand: text({
		variable: "REWARD_OUTBOX_DATABASE_PASSWORD_COMMAND",
		meaning: "a command that prints the database's password, for tokens that expire; run for every new connection",
		shownDefault: "none",
		parse: parseCommand,
		// A password is easily pasted here, and stands in some commands.
		isSecret: true,
	}),
	databasePasswordKeptMs: whole({
		variable: "REWARD_OUTBOX_DATABASE_PASSWORD_KEPT_MS",
		meaning: "how long what it printed is used again; 0: never",
		range: [0, 3_600_000],
		default: 0,
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
