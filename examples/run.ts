/**
 * `npm run examples [-- name …]`: runs every example whose language is installed, each against a database of its own on
 * a PostgreSQL started for the purpose, and checks what is in it afterwards: one order, one event. What is not
 * installed is skipped, and said so. Exits 1 if an example failed, or does not compile. `TEST_REPORT` names a file for
 * the counts, as JSON.
 */
import { execFile as execFileCallback } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { migrateToLatest } from "../src/store/migrate.ts";
import { startPostgres } from "../test/support/postgres-server.ts";
import { type Command, EXAMPLES, type Example } from "./support/catalogue.ts";

const execFile = promisify(execFileCallback);
const HERE = import.meta.dirname;
/** Compiling Go's is the slowest. */
const TIMEOUT_MS = 180_000;
const TEMPLATE = "examples_template";
const EXPECTED_OUTPUT = "committed: order 1 and its event\nrolled back: order 2 and its event\n";
const EXPECTED_ROWS = [
	{ orders: "1", trigger_id: "successful_payment", user_id: "user123", payload: '{"value": 19.99}', status: "pending" },
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !EXAMPLES.some((example) => example.name === name));
if (unknown.length > 0) {
	console.error(`no such example: ${unknown.join(", ")}; there are ${EXAMPLES.map(({ name }) => name).join(", ")}`);
	process.exit(2);
}
const counts = { passed: 0, failed: 0, skipped: 0 };
await checkTypes();
{
	await using server = await startPostgres();
	await createTemplate(server.url);
	for (const example of EXAMPLES) {
		if (names.length > 0 && !names.includes(example.name)) continue;
		const outcome = await check(server.url, example);
		counts[outcome] += 1;
	}
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
await report(process.env["TEST_REPORT"]);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Node runs TypeScript without looking at its types; a reader's compiler does not. */
async function checkTypes(): Promise<void> {
	const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
	const problems = await execFile(process.execPath, [compiler, "-p", HERE]).then(
		() => "",
		(error: { readonly stdout: string }) => error.stdout,
	);
	counts[problems === "" ? "passed" : "failed"] += 1;
	console.log(problems === "" ? "passed   types" : `failed   types:\n${problems}`);
}

async function check(adminUrl: string, example: Example): Promise<keyof typeof counts> {
	const command = await firstThatWorks(example.commands);
	if (!command) {
		console.log(`skipped  ${example.name}: needs ${example.needs}`);
		return "skipped";
	}
	try {
		const database = `examples_${example.name.replaceAll("-", "_")}`;
		await query(adminUrl, `CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`);
		const output = await run(command, join(HERE, example.name), asShop(adminUrl, database));
		await verify(withDatabase(adminUrl, database), output);
		console.log(`passed   ${example.name}`);
		return "passed";
	} catch (error) {
		console.log(`failed   ${example.name}: ${(error as Error).message}`);
		return "failed";
	}
}

async function firstThatWorks(commands: readonly Command[]): Promise<Command | undefined> {
	for (const command of commands) {
		const [file, ...args] = command.probe;
		const works = await execFile(file, args, { timeout: TIMEOUT_MS }).then(
			() => true,
			() => false,
		);
		if (works) return command;
	}
	return undefined;
}

async function run(command: Command, folder: string, connection: Readonly<Record<string, string>>): Promise<string> {
	const [file, ...args] = command.run;
	const environment = { ...process.env, ...connection, ...command.environment };
	const { stdout } = await execFile(file, args, { cwd: folder, env: environment, timeout: TIMEOUT_MS });
	return stdout;
}

async function verify(url: string, output: string): Promise<void> {
	const rows = await query(
		url,
		`SELECT (SELECT string_agg(id::text, ',') FROM orders) AS orders, trigger_id, user_id, payload::text AS payload, status
		   FROM reward_outbox.events`,
	);
	if (output !== EXPECTED_OUTPUT) throw new Error(`it printed ${JSON.stringify(output)}`);
	if (JSON.stringify(rows) !== JSON.stringify(EXPECTED_ROWS)) throw new Error(`it wrote ${JSON.stringify(rows)}`);
}

async function createTemplate(adminUrl: string): Promise<void> {
	await query(adminUrl, `CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
	const url = withDatabase(adminUrl, TEMPLATE);
	await migrateToLatest(url);
	await query(url, await readFile(join(HERE, "shop.sql"), "utf8"));
}

/** As the application's role, both ways that clients are told: a URL, and libpq's variables. */
function asShop(adminUrl: string, database: string): Readonly<Record<string, string>> {
	const url = new URL(withDatabase(adminUrl, database));
	url.protocol = "postgresql:";
	url.username = "shop";
	url.password = "shop";
	const { hostname, port } = url;
	return {
		DATABASE_URL: url.href,
		PGHOST: hostname,
		PGPORT: port,
		PGDATABASE: database,
		PGUSER: "shop",
		PGPASSWORD: "shop",
	};
}

function withDatabase(url: string, name: string): string {
	const result = new URL(url);
	result.pathname = `/${name}`;
	return result.href;
}

async function query(url: string, text: string): Promise<unknown[]> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		return (await client.query(text)).rows as unknown[];
	} finally {
		await client.end();
	}
}

/** The part of vitest's report that counts. */
async function report(file: string | undefined): Promise<void> {
	if (!file) return;
	await writeFile(file, JSON.stringify({ numPassedTests: counts.passed, numFailedTests: counts.failed }));
}
