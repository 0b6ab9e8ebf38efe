import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";
import { unprivilegedAccount } from "../support/postgres-binaries.ts";

/** Whether this machine has the real one; Debian's package is `pgbouncer`. */
export const HAS_PGBOUNCER = available();

/** A real PgBouncer in front of a server, in transaction mode, as most platforms run it. */
export interface PgBouncer extends AsyncDisposable {
	/** The same connection string by way of it. */
	through(url: string): string;
}

/**
 * @param users Names of users who may connect; the password of each is its name.
 * @param settings On top of the defaults below, as in pgbouncer.ini.
 */
export async function startPgBouncer(
	port: number,
	users: readonly string[],
	settings: Readonly<Record<string, string>> = {},
): Promise<PgBouncer> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-pgbouncer-"));
	const account = await unprivilegedAccount();
	const own = Number(settings["listen_port"] ?? (await freePort()));
	const all = {
		listen_addr: "127.0.0.1",
		listen_port: String(own),
		unix_socket_dir: "",
		auth_type: "plain",
		auth_file: join(folder, "users.txt"),
		pool_mode: "transaction",
		default_pool_size: "4",
		...settings,
	};
	const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
	const ini = join(folder, "pgbouncer.ini");
	await writeFile(ini, ["[databases]", `* = host=127.0.0.1 port=${port}`, "[pgbouncer]", ...lines, ""].join("\n"));
	await writeFile(all.auth_file, users.map((user) => `"${user}" "${user}"\n`).join(""));
	if (account.uid !== undefined)
		for (const path of [folder, ini, all.auth_file]) await chown(path, account.uid, account.gid ?? -1);
	const child = spawn("pgbouncer", ["--quiet", ini], { ...account, cwd: folder, stdio: "ignore" });
	const exited = once(child, "exit");
	while (!(await accepts(own))) {
		if (child.exitCode !== null) throw new Error(`PgBouncer did not start: exit code ${child.exitCode}`);
		await sleep(20);
	}
	return {
		through(url) {
			const through = new URL(url);
			through.port = String(own);
			return through.href;
		},
		async [Symbol.asyncDispose]() {
			child.kill("SIGKILL");
			await exited;
			await rm(folder, { recursive: true, force: true });
		},
	};
}

function available(): boolean {
	try {
		execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

async function accepts(port: number): Promise<boolean> {
	const socket = connect(port, "127.0.0.1");
	const answer = await Promise.race([once(socket, "connect"), once(socket, "error")]).then(
		() => !socket.connecting && socket.readyState === "open",
		() => false,
	);
	socket.destroy();
	return answer;
}
