import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RelayProcess } from "./relay-process.ts";

/** A way for a process to stand still until it is told to go on. */
export interface Standstill extends Disposable {
	/** For the process that will. */
	readonly env: Readonly<Record<string, string>>;
	begin(relay: RelayProcess): void;
	end(relay: RelayProcess): void;
}

/** The system gives it no time, as on a machine that is suspended. */
export function stoppedProcess(): Standstill {
	return {
		env: {},
		begin: (relay) => relay.signal("SIGSTOP"),
		end: (relay) => relay.signal("SIGCONT"),
		[Symbol.dispose]() {},
	};
}

/** It runs one thing and comes to nothing else: loaded before the relay, and begun by a signal. */
export function blockedLoop(): Standstill {
	const folder = mkdtempSync(join(tmpdir(), "reward-outbox-standstill-"));
	const goOn = join(folder, "go-on");
	const program = `
		import { existsSync } from "node:fs";
		const never = new Int32Array(new SharedArrayBuffer(4));
		process.on("SIGUSR2", () => { while (!existsSync(${JSON.stringify(goOn)})) Atomics.wait(never, 0, 0, 20); });`;
	return {
		env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` },
		begin: (relay) => relay.signal("SIGUSR2"),
		end: () => writeFileSync(goOn, ""),
		[Symbol.dispose]: () => rmSync(folder, { recursive: true }),
	};
}
