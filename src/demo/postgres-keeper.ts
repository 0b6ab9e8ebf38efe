/**
 * A process of its own that keeps one throw-away PostgreSQL: made, run and deleted here. It ends when its standard
 * input does, and that happens however the demo ends, by kill -9 too: neither a server nor a directory is ever left
 * behind.
 *
 * In: one line, the directory of the binaries. Out: one line of JSON, a {@link KeeperReport}.
 */
import { type ChildProcess, execFile as execFileCallback, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, writeSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { executableBinaries, type ServerAccount, unprivilegedAccount } from "./postgres-binaries.ts";

export type KeeperReport = { readonly url: string } | { readonly error: string };

const execFile = promisify(execFileCallback);
const PORT_ATTEMPTS = 5;
/** Nothing here is worth surviving a crash. */
const SETTINGS = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=50"];
const READY = "database system is ready to accept connections";

await keep();

async function keep(): Promise<void> {
	const input = createInterface({ input: createReadStream("", { fd: 0 }) });
	const closed = once(input, "close");
	const orphaned = new AbortController();
	void closed.then(() => orphaned.abort());
	const [binaries] = (await once(input, "line")) as [string];
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-demo-"));
	let server: ChildProcess | null = null;
	try {
		const password = randomBytes(12).toString("hex");
		const account = await unprivilegedAccount();
		const bin = await initialise(binaries, folder, account, password, orphaned.signal);
		const started = await start(bin, folder, account, orphaned.signal);
		server = started.server;
		report({ url: `postgres://postgres:${password}@127.0.0.1:${started.port}/postgres` });
	} catch (error) {
		if (!orphaned.signal.aborted) report({ error: error instanceof Error ? error.message : String(error) });
	}
	await closed;
	await end(server);
	await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function report(message: KeeperReport): void {
	writeSync(1, `${JSON.stringify(message)}\n`);
}

/** Makes the cluster in `folder`/data. Returns the directory of binaries that the account can execute. */
async function initialise(
	binaries: string,
	folder: string,
	account: ServerAccount,
	password: string,
	signal: AbortSignal,
) {
	if (account.uid !== undefined) await chown(folder, account.uid, account.gid ?? account.uid);
	const bin = await executableBinaries(binaries, account, folder);
	const passwordFile = join(folder, "password");
	// Readable to all, in a folder that only the account may enter.
	await writeFile(passwordFile, `${password}\n`, { mode: 0o644 });
	const login = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
	const place = ["-D", join(folder, "data"), "--encoding=UTF8", "--locale=C", "--no-sync"];
	await execFile(join(bin, "initdb"), [...place, ...login], { ...account, cwd: tmpdir(), signal });
	return bin;
}

/** A port that is free may be taken a moment later, by another demo for instance: then the next one is tried. */
async function start(bin: string, folder: string, account: ServerAccount, signal: AbortSignal) {
	for (let attempt = 1; ; attempt++) {
		const port = await freePort();
		const settings = SETTINGS.flatMap((setting) => ["-c", setting]);
		const server = spawn(join(bin, "postgres"), ["-D", join(folder, "data"), "-p", String(port), ...settings], {
			...account,
			cwd: tmpdir(),
			stdio: ["ignore", "ignore", "pipe"],
		});
		const words = await untilReady(server, signal);
		if (words === null) return { server, port };
		await end(server);
		signal.throwIfAborted();
		if (attempt === PORT_ATTEMPTS || !words.includes("could not bind"))
			throw new Error(`PostgreSQL did not start: ${words.trim()}`);
	}
}

/** Null: it is ready. Otherwise its last words. */
function untilReady(server: ChildProcess, signal: AbortSignal): Promise<string | null> {
	return new Promise((resolve) => {
		let words = "";
		// Read to the end of its life, or the server would one day wait for somebody to read.
		server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
			words = (words + chunk).slice(-2_000);
			if (words.includes(READY)) resolve(null);
		});
		server.once("error", (error) => resolve(error.message));
		server.once("close", () => resolve(words));
		signal.addEventListener("abort", () => resolve("the demo has ended"), { once: true });
	});
}

async function end(server: ChildProcess | null): Promise<void> {
	if (server === null || server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
	const gone = once(server, "exit");
	// "Immediate": what it would write down is deleted anyway.
	server.kill("SIGQUIT");
	const patience = setTimeout(() => server.kill("SIGKILL"), 5_000);
	await gone;
	clearTimeout(patience);
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (address === null || typeof address === "string") throw new Error("no port was assigned");
	return address.port;
}
