import { type ChildProcess, execFile as execFileCallback, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "./free-port.ts";
import {
	binaryDirectory,
	executableBy,
	type PostgresMajor,
	type ServerAccount,
	unprivilegedAccount,
} from "./postgres-binaries.ts";
import { childrenOf, killIfAlive } from "./processes.ts";

const execFile = promisify(execFileCallback);

/**
 * How PostgreSQL is told to stop. `smart` waits for clients to leave, `fast` disconnects them, `immediate` skips the
 * checkpoint.
 */
export type StopMode = "smart" | "fast" | "immediate";

export interface PostgresServerOptions {
	/** A major from `test/matrix`. Default: the binaries the suite runs on. */
	readonly version?: PostgresMajor;
	/**
	 * Settings on top of the defaults below, as in postgresql.conf. `{ fsync: "on" }` makes a crash test an honest one.
	 */
	readonly settings?: Readonly<Record<string, string>>;
	/** Where its directory is made. Default: where temporary files go. */
	readonly folder?: string;
}

/** Fast rather than safe: nothing here outlives the test run. */
const TEST_SETTINGS: Readonly<Record<string, string>> = {
	listen_addresses: "127.0.0.1",
	unix_socket_directories: "",
	fsync: "off",
	full_page_writes: "off",
	max_connections: "300",
	max_prepared_transactions: "10",
	shared_buffers: "64MB",
	log_min_messages: "warning",
	timezone: "UTC",
};

const USER = "postgres";
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_S = 60;

/**
 * A private PostgreSQL cluster in a temporary directory, listening on the loopback only. `start()` after
 * `stop()` or `kill()` brings the same cluster back on the same port, so a URL stays good across restarts.
 */
export class PostgresServer implements AsyncDisposable {
	readonly port: number;
	readonly url: string;
	readonly dataDirectory: string;
	/** Where this server's `postgres`, `initdb` and `pg_ctl` are. */
	readonly binaries: string;
	readonly #account: ServerAccount;
	readonly #settings: Readonly<Record<string, string>>;
	#process: ChildProcess | undefined;
	readonly #killOnExit = () => this.#process?.kill("SIGKILL");

	constructor(cluster: {
		readonly port: number;
		readonly password: string;
		readonly dataDirectory: string;
		readonly binaries: string;
		readonly account: ServerAccount;
		readonly settings: Readonly<Record<string, string>>;
	}) {
		this.port = cluster.port;
		this.url = `postgres://${USER}:${cluster.password}@127.0.0.1:${cluster.port}/postgres`;
		this.dataDirectory = cluster.dataDirectory;
		this.binaries = cluster.binaries;
		this.#account = cluster.account;
		this.#settings = { ...TEST_SETTINGS, ...cluster.settings };
	}

	/** Process id of the postmaster; undefined while the server is down. */
	get pid(): number | undefined {
		return this.#process?.pid;
	}

	/** Resolves when the server answers a query. Does nothing when it runs already. */
	async start(): Promise<void> {
		// A backend that was just being born may outlive a killed postmaster for a moment, and keeps the next one out.
		while (!(await this.#startOnce())) await sleep(50);
	}

	/** False: something of the previous server is still there. */
	async #startOnce(): Promise<boolean> {
		if (this.#process) return true;
		const log = openSync(this.#logFile, "a");
		const settings = Object.entries(this.#settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
		const child = spawn(
			join(this.binaries, "postgres"),
			["-D", this.dataDirectory, "-p", String(this.port), ...settings],
			{ ...this.#account, cwd: tmpdir(), stdio: ["ignore", log, log], env: { ...process.env, LC_ALL: "C" } },
		);
		closeSync(log);
		this.#process = child;
		child.once("exit", () => {
			if (this.#process === child) this.#process = undefined;
			process.off("exit", this.#killOnExit);
		});
		process.once("exit", this.#killOnExit);
		return this.#untilReady(child);
	}

	/** Resolves when the server is down. `smart` therefore waits for the last client; default `fast`. */
	async stop(mode: StopMode = "fast"): Promise<void> {
		const child = this.#process;
		if (!child) return;
		const exited = once(child, "exit");
		const arguments_ = ["stop", "-D", this.dataDirectory, "-m", mode, "-w", "-t", String(STOP_TIMEOUT_S)];
		await execFile(join(this.binaries, "pg_ctl"), arguments_, { ...this.#account, cwd: tmpdir() });
		await exited;
	}

	/** SIGKILL to the postmaster and all its backends at once, as when the machine loses power. */
	async kill(): Promise<void> {
		const child = this.#process;
		if (child?.pid === undefined) return;
		const exited = once(child, "exit");
		const backends = await childrenOf(child.pid);
		child.kill("SIGKILL");
		for (const pid of backends) killIfAlive(pid);
		await exited;
	}

	/**
	 * The same cluster once more, from a copy of its files, as a snapshot of its volume would be. Both are down, or it is
	 * within a base backup. It keeps the password and has a port of its own.
	 *
	 * @param settings On top of this one's. With `primary_conninfo` or without: `standby` makes it follow, or wait to be
	 *   promoted.
	 * @param folder As in `startPostgres`.
	 * @param backup For a server that runs: has the files copied within a base backup, and gives its label.
	 */
	async copy(
		options: {
			readonly standby?: boolean;
			readonly settings?: Readonly<Record<string, string>>;
			readonly folder?: string;
			readonly backup?: (copyFiles: () => Promise<void>) => Promise<string>;
		} = {},
	): Promise<PostgresServer> {
		if (this.#process && !options.backup) throw new Error("stop the server before its files are copied");
		const name = `${basename(this.dataDirectory)}-${randomBytes(3).toString("hex")}`;
		const dataDirectory = join(options.folder ?? dirname(this.dataDirectory), name);
		const write = (file: string, text: string) =>
			writeFile(join(dataDirectory, file), text).then(() => this.#give(join(dataDirectory, file)));
		if (options.backup) await write("backup_label", await options.backup(() => this.#copyLive(dataDirectory)));
		else await execFile("cp", ["-a", this.dataDirectory, dataDirectory]);
		if (options.standby) await write("standby.signal", "");
		return new PostgresServer({
			port: await freePort(),
			password: new URL(this.url).password,
			dataDirectory,
			binaries: this.binaries,
			account: this.#account,
			settings: { ...this.#settings, ...options.settings },
		});
	}

	/** Puts a copy's files in the place of this one's: its volume is rolled back. Both are down. */
	async rollBackTo(copy: PostgresServer): Promise<void> {
		if (this.#process) throw new Error("stop the server before its files are replaced");
		await rm(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 });
		await execFile("cp", ["-a", copy.dataDirectory, this.dataDirectory]);
	}

	/** Runs `pg_resetwal`, which not all binaries bring. The server is down. */
	async resetWal(...args: string[]): Promise<void> {
		const program = join(this.binaries, "pg_resetwal");
		await execFile(program, ["-f", ...args, this.dataDirectory], { ...this.#account, cwd: tmpdir() });
	}

	/** What the server has logged so far. */
	async log(): Promise<string> {
		return readFile(this.#logFile, "utf8").catch(() => "");
	}

	/** Stops the server and deletes its files. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop("immediate");
		await rm(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 });
	}

	/** Files come and go meanwhile, which is as it should be: the log has what happened to them. */
	async #copyLive(dataDirectory: string): Promise<void> {
		await execFile("cp", ["-a", this.dataDirectory, dataDirectory]).catch((error: Error) => {
			if (!/No such file or directory/.test(error.message)) throw error;
		});
		for (const file of ["postmaster.pid", "server.log"]) await rm(join(dataDirectory, file), { force: true });
	}

	async #give(path: string): Promise<void> {
		if (this.#account.uid !== undefined) await chown(path, this.#account.uid, this.#account.gid ?? -1);
	}

	get #logFile(): string {
		return join(this.dataDirectory, "server.log");
	}

	async #untilReady(child: ChildProcess): Promise<boolean> {
		const deadline = performance.now() + READY_TIMEOUT_MS;
		while (performance.now() < deadline) {
			if (child.exitCode !== null || child.signalCode !== null) {
				const log = await this.log();
				if (/pre-existing shared memory block/.test(log.slice(-600))) return false;
				throw new Error(`PostgreSQL did not start:\n${log}`);
			}
			if (await answers(this.url)) return true;
			await sleep(20);
		}
		throw new Error(`PostgreSQL did not answer within ${READY_TIMEOUT_MS} ms:\n${await this.log()}`);
	}
}

/**
 * Creates a cluster and starts it, in about a second. `await using` it, or call `[Symbol.asyncDispose]()`.
 *
 * @throws when the binaries are missing, or with the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
	const account = await unprivilegedAccount();
	const binaries = await executableBy(account, await binaryDirectory(options.version));
	const dataDirectory = await mkdtemp(join(options.folder ?? tmpdir(), "reward-outbox-postgres-"));
	if (account.uid !== undefined) await chown(dataDirectory, account.uid, account.gid ?? account.uid);
	const password = "not-a-secret";
	await initialise({ account, binaries, dataDirectory, password });
	const port = await freePort();
	const server = new PostgresServer({
		port,
		password,
		dataDirectory,
		binaries,
		account,
		settings: options.settings ?? {},
	});
	await server.start();
	return server;
}

async function initialise(cluster: {
	readonly account: ServerAccount;
	readonly binaries: string;
	readonly dataDirectory: string;
	readonly password: string;
}): Promise<void> {
	const passwordFile = `${cluster.dataDirectory}.password`;
	await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o644 });
	try {
		await execFile(
			join(cluster.binaries, "initdb"),
			[
				`--pgdata=${cluster.dataDirectory}`,
				`--username=${USER}`,
				`--pwfile=${passwordFile}`,
				"--auth=scram-sha-256",
				"--encoding=UTF8",
				"--locale=C",
				"--no-sync",
			],
			{ ...cluster.account, cwd: tmpdir(), env: { ...process.env, LC_ALL: "C" } },
		);
	} finally {
		await rm(passwordFile, { force: true });
	}
}

async function answers(url: string): Promise<boolean> {
	const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
	client.on("error", () => {});
	try {
		await client.connect();
		await client.query("SELECT 1");
		return true;
	} catch {
		return false;
	} finally {
		await client.end().catch(() => {});
	}
}
