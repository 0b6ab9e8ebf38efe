import { join } from "node:path";

/** One example, and what the machine needs for it. */
export interface Example {
	/** Its folder. */
	readonly name: string;
	/** Tried in order; the first that works is the one to run. */
	readonly commands: readonly Command[];
	/** What to install where none of them works, for people. */
	readonly needs: string;
}

export interface Command {
	/** Succeeds, quickly, only where `run` can work. */
	readonly probe: readonly [string, ...string[]];
	readonly run: readonly [string, ...string[]];
	readonly environment?: Readonly<Record<string, string>>;
}

const USE_SOURCE = join(import.meta.dirname, "use-source.ts");
const DEBIAN_JARS = "/usr/share/java/postgresql.jar";
const DEBIAN_GO_SOURCES = "/usr/share/gocode";
const DEBIAN_ILLUMINATE = "/usr/share/php/Illuminate/Database/autoload.php";

/** In the order of examples/README.md. */
export const EXAMPLES: readonly Example[] = [
	{
		name: "psql",
		needs: "postgresql-client",
		commands: [{ probe: ["psql", "--version"], run: ["psql", "--no-psqlrc", "--quiet", "-f", "purchase.sql"] }],
	},
	node("node-pg"),
	node("node-kysely"),
	python("python-psycopg", "import psycopg", "python3-psycopg"),
	python("python-sqlalchemy", "import sqlalchemy.orm, psycopg2", "python3-sqlalchemy python3-psycopg2"),
	python("python-django", "import django.db, psycopg2", "python3-django python3-psycopg2"),
	{
		name: "php-pdo",
		needs: "php-cli php-pgsql",
		commands: [{ probe: ["php", "-r", "exit(extension_loaded('pdo_pgsql') ? 0 : 1);"], run: ["php", "purchase.php"] }],
	},
	{
		name: "php-laravel",
		needs: "php-cli php-pgsql php-illuminate-database",
		commands: [
			{
				probe: ["php", "-r", `exit(extension_loaded('pdo_pgsql') && is_file('${DEBIAN_ILLUMINATE}') ? 0 : 1);`],
				// Debian's is older than its PHP, which has new deprecations to tell of.
				run: ["php", "-d", "error_reporting=E_ALL & ~E_DEPRECATED", "purchase.php"],
				environment: { ILLUMINATE_AUTOLOAD: DEBIAN_ILLUMINATE },
			},
		],
	},
	{
		name: "ruby-activerecord",
		needs: "ruby ruby-activerecord ruby-pg",
		commands: ["ruby", "/usr/bin/ruby"].map((ruby) => ({
			probe: [ruby, "-e", 'require "active_record"; require "pg"'],
			run: [ruby, "purchase.rb"],
		})),
	},
	{
		name: "java-jdbc",
		needs: "default-jdk-headless libpostgresql-jdbc-java",
		commands: [
			{
				probe: ["sh", "-c", `javac -version && test -e ${DEBIAN_JARS}`],
				run: ["java", "-cp", DEBIAN_JARS, "Purchase.java"],
			},
		],
	},
	{
		name: "go-pgx",
		needs: "golang-go golang-github-jackc-pgx-v4-dev",
		commands: [
			{
				probe: ["sh", "-c", `go version && test -d ${DEBIAN_GO_SOURCES}/src/github.com/jackc/pgx/v4`],
				run: ["go", "run", "main.go"],
				environment: { GO111MODULE: "off", GOPATH: DEBIAN_GO_SOURCES },
			},
		],
	},
	{ name: "csharp-npgsql", needs: "Npgsql, which is on NuGet only: shown, not run", commands: [] },
];

function node(name: string): Example {
	const run = [process.execPath, "--import", USE_SOURCE, "purchase.ts"] as const;
	return { name, needs: "npm ci", commands: [{ probe: [process.execPath, "--version"], run }] };
}

/** The system's Python too: packages of the distribution are not seen by one that was installed beside it. */
function python(name: string, imports: string, needs: string): Example {
	const commands = ["python3", "/usr/bin/python3"].map(
		(python): Command => ({ probe: [python, "-c", imports], run: [python, "purchase.py"] }),
	);
	return { name, needs, commands };
}
