import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type RelayProcess, type RelayProcessOptions, startRelay } from "../lifecycle/relay-process.ts";

/** Where one of the relays stands, whoever takes the place. */
export type Slot = (number: number) => Omit<RelayProcessOptions, "logFile" | "program">;

/**
 * Relays that are killed, frozen and stopped, and come back. What they say goes to files, which are read at their end.
 */
export class Fleet {
	readonly #slot: Slot;
	readonly #folder: string;
	readonly #secret: string;
	readonly #relays: RelayProcess[];
	readonly #watched: Promise<void>[] = [];
	readonly #expected = new Set<RelayProcess>();
	readonly #frozen = new Set<RelayProcess>();
	/** By slot, where it is not this version's. */
	readonly #programs = new Map<number, string>();
	readonly #killOnExit = () => {
		for (const relay of this.#relays) if (relay.isRunning) relay.signal("SIGKILL");
	};
	/** Relays that ended without having been told to, and what was said that must never be said. */
	readonly violations: string[] = [];
	/** Lines of level error by message, with one example each. */
	readonly complaints = new Map<string, { count: number; readonly example: string }>();
	kills = 0;
	started = 0;
	/** Bytes of logs that were searched for the secret. */
	searchedBytes = 0;

	/**
	 * @param folder for their logs
	 * @param secret must be in none of them
	 */
	constructor(count: number, slot: Slot, folder: string, secret: string) {
		[this.#slot, this.#folder, this.#secret] = [slot, folder, secret];
		this.#relays = Array.from({ length: count }, (_, number) => this.#start(number));
		process.once("exit", this.#killOnExit);
	}

	get size(): number {
		return this.#relays.length;
	}

	at(slot: number): RelayProcess {
		return this.#relays[slot % this.size] as RelayProcess;
	}

	/** SIGKILL, and a new one in its place at once. */
	async kill(slot: number): Promise<void> {
		await this.#replace(slot, "SIGKILL");
		this.kills++;
	}

	/** SIGTERM, as a deployment does it, and a new one when it has gone. */
	async restart(slot: number): Promise<void> {
		await this.#replace(slot, "SIGTERM");
	}

	/**
	 * The same with another version of the code, for as long as nothing else is deployed there.
	 *
	 * @param program null: this version
	 */
	async deploy(slot: number, program: string | null): Promise<void> {
		if (program === null) this.#programs.delete(slot);
		else this.#programs.set(slot, program);
		await this.restart(slot);
	}

	/** A frozen machine: stopped in the middle of whatever it does, and woken later. */
	freeze(slot: number): () => void {
		const relay = this.at(slot);
		relay.signal("SIGSTOP");
		this.#frozen.add(relay);
		return () => {
			relay.signal("SIGCONT");
			this.#frozen.delete(relay);
		};
	}

	/** SIGTERM to all; resolves with how long the slowest took. */
	async stop(): Promise<number> {
		const ends = await Promise.all(this.#relays.map((relay) => this.#end(relay, "SIGTERM")));
		await Promise.all(this.#watched);
		return Math.max(...ends);
	}

	/** SIGKILL to all that are left. */
	async abandon(): Promise<void> {
		for (const relay of this.#relays) this.#expected.add(relay);
		await Promise.all(this.#relays.map((relay) => relay[Symbol.asyncDispose]()));
		await Promise.all(this.#watched);
		process.off("exit", this.#killOnExit);
	}

	async #replace(slot: number, signal: NodeJS.Signals): Promise<void> {
		const relay = this.at(slot);
		await this.#end(relay, signal);
		this.#relays[slot % this.size] = this.#start(slot % this.size);
	}

	async #end(relay: RelayProcess, signal: NodeJS.Signals): Promise<number> {
		this.#expected.add(relay);
		if (this.#frozen.delete(relay)) relay.signal("SIGCONT");
		const { code, signal: by, tookMs } = await relay.end(signal);
		if (signal === "SIGTERM" && code !== 0) this.violations.push(`SIGTERM ended a relay with ${code ?? by}`);
		return tookMs;
	}

	#start(slot: number): RelayProcess {
		const logFile = join(this.#folder, `relay-${++this.started}.log`);
		const relay = startRelay({ ...this.#slot(slot), logFile, program: this.#programs.get(slot) });
		this.#watched.push(this.#watch(relay, logFile));
		return relay;
	}

	async #watch(relay: RelayProcess, logFile: string): Promise<void> {
		const { code, signal } = await relay.ended;
		const isExpected = this.#expected.delete(relay);
		let last = "";
		for await (const line of createInterface({ input: createReadStream(logFile) })) {
			this.#read(line);
			last = line;
		}
		if (!isExpected) this.violations.push(`a relay ended with ${code ?? signal}: ${last.slice(0, 500)}`);
	}

	#read(line: string): void {
		this.searchedBytes += line.length + 1;
		if (line.includes(this.#secret)) this.violations.push(`I11: a relay logged the API key: ${line.slice(0, 300)}`);
		if (line.includes('"level":"error"') || !line.startsWith("{")) this.#complaint(line);
	}

	#complaint(line: string): void {
		const message = /"msg":"([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 80);
		const known = this.complaints.get(message);
		if (known === undefined) this.complaints.set(message, { count: 1, example: line.slice(0, 600) });
		else known.count++;
	}
}
