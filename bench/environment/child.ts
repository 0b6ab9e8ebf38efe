import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const LAST_WORDS = 4_000;
const running = new Set<ChildProcess>();
process.once("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});

export interface ChildOptions {
	readonly name: string;
	readonly script: string;
	readonly arguments?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
}

/** A Node process of the benchmark, with a channel for messages and its last words kept. */
export class Child {
	readonly process: ChildProcess;
	readonly #name: string;
	#said = "";
	#stopping = false;
	readonly died: Promise<never>;

	constructor(options: ChildOptions) {
		this.#name = options.name;
		const { DATABASE_URL: _, ...inherited } = process.env;
		const spawnOptions: SpawnOptions = {
			stdio: ["ignore", "pipe", "pipe", "ipc"],
			serialization: "advanced",
			env: { ...inherited, NODE_NO_WARNINGS: "1", ...options.env },
		};
		this.process = spawn(
			process.execPath,
			[...executeArguments(), options.script, ...(options.arguments ?? [])],
			spawnOptions,
		);
		running.add(this.process);
		// Who stops waiting for a message leaves a listener behind.
		this.process.setMaxListeners(0);
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream?.setEncoding("utf8").on("data", (text: string) => {
				this.#said = (this.#said + text).slice(-LAST_WORDS);
			});
		}
		this.died = new Promise((_resolve, reject) => {
			this.process.once("exit", (code, signal) => {
				running.delete(this.process);
				if (!this.#stopping) reject(new Error(`${this.#name} ended by itself (${signal ?? code}):\n${this.#said}`));
			});
		});
		this.died.catch(() => {});
	}

	get pid(): number {
		return this.process.pid as number;
	}

	get said(): string {
		return this.#said;
	}

	/** For what a benchmark does to a process on purpose: it is no reason to fail. */
	signal(name: NodeJS.Signals): void {
		this.#stopping = true;
		this.process.kill(name);
	}

	send(message: object): void {
		this.process.send?.(message);
	}

	/** The next message of that type. Rejects when the process ends. */
	async next<T extends { readonly type: string }, K extends T["type"]>(type: K): Promise<Extract<T, { type: K }>> {
		const heard = new Promise<Extract<T, { type: K }>>((resolve) => {
			const listen = (message: T) => {
				if (message.type !== type) return;
				this.process.off("message", listen as (message: unknown) => void);
				resolve(message as Extract<T, { type: K }>);
			};
			this.process.on("message", listen as (message: unknown) => void);
		});
		return await Promise.race([heard, this.died]);
	}

	/** SIGTERM, then SIGKILL. */
	async stop(graceMs = 5_000): Promise<void> {
		this.#stopping = true;
		if (this.process.exitCode !== null || this.process.signalCode !== null) return;
		const exited = once(this.process, "exit");
		this.process.kill("SIGTERM");
		const timer = setTimeout(() => this.process.kill("SIGKILL"), graceMs);
		await exited;
		clearTimeout(timer);
	}
}

/** For profiling a contender: BENCH_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles". */
function executeArguments(): string[] {
	return (process.env["BENCH_NODE_OPTIONS"] ?? "").split(" ").filter(Boolean);
}
