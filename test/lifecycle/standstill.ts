import { execFile as execFileCallback } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./facts.ts";
import type { RelayProcess } from "./relay-process.ts";

const execFile = promisify(execFileCallback);

/** A way for a process to stand still until it is told to go on. */
export interface Standstill extends Disposable {
	/** For the process that will. */
	readonly env: Readonly<Record<string, string>>;
	/** Resolves once it does: a signal takes its time, and what is sent meanwhile would be answered. */
	begin(relay: RelayProcess): Promise<void>;
	end(relay: RelayProcess): void;
}

/** The system gives it no time, as on a machine that is suspended. */
export function stoppedProcess(): Standstill {
	return {
		env: {},
		begin: async (relay) => {
			relay.signal("SIGSTOP");
			await until("the process is stopped", async () => {
				const { stdout } = await execFile("ps", ["-o", "state=", "-p", String(relay.pid)]);
				return stdout.startsWith("T");
			});
		},
		end: (relay) => relay.signal("SIGCONT"),
		[Symbol.dispose]() {},
	};
}

/** It runs one thing and comes to nothing else: loaded before the relay, and begun by a signal. */
export function blockedLoop(): Standstill {
	const folder = mkdtempSync(join(tmpdir(), "reward-outbox-standstill-"));
	const [begun, goOn] = [join(folder, "begun"), join(folder, "go-on")];
	const program = `
		import { existsSync, writeFileSync } from "node:fs";
		const never = new Int32Array(new SharedArrayBuffer(4));
		process.on("SIGUSR2", () => {
			writeFileSync(${JSON.stringify(begun)}, "");
			while (!existsSync(${JSON.stringify(goOn)})) Atomics.wait(never, 0, 0, 20);
		});`;
	return {
		env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` },
		begin: async (relay) => {
			relay.signal("SIGUSR2");
			await until("the process is busy", () => existsSync(begun));
		},
		end: () => writeFileSync(goOn, ""),
		[Symbol.dispose]: () => rmSync(folder, { recursive: true }),
	};
}
