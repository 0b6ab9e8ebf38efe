import { type RelayProcess, startRelay } from "../lifecycle/relay-process.ts";

/** Relays that are killed and come back. */
export class Fleet {
	readonly #start: () => RelayProcess;
	readonly #relays: RelayProcess[];
	readonly #watched: Promise<void>[] = [];
	readonly #expected = new Set<RelayProcess>();
	/** Relays that ended without having been killed, with what they said. */
	readonly deserters: string[] = [];
	kills = 0;
	started = 0;

	constructor(count: number, options: Parameters<typeof startRelay>[0]) {
		this.#start = () => this.#watch(startRelay(options));
		this.#relays = Array.from({ length: count }, () => this.#start());
	}

	/** SIGKILL, and a new one in its place at once. */
	async replace(slot: number): Promise<void> {
		const victim = this.#relays[slot % this.#relays.length] as RelayProcess;
		this.#expected.add(victim);
		await victim.end("SIGKILL");
		this.kills++;
		this.#relays[slot % this.#relays.length] = this.#start();
	}

	async replaceAll(): Promise<void> {
		await Promise.all(this.#relays.map((_, slot) => this.replace(slot)));
	}

	/** A frozen machine: stopped in the middle of whatever it does, and woken later. */
	freeze(slot: number): () => void {
		const frozen = this.#relays[slot % this.#relays.length] as RelayProcess;
		frozen.signal("SIGSTOP");
		return () => frozen.signal("SIGCONT");
	}

	/** SIGTERM to all; resolves with how long the slowest took. */
	async stop(): Promise<number> {
		for (const relay of this.#relays) this.#expected.add(relay);
		const ends = await Promise.all(this.#relays.map((relay) => relay.end("SIGTERM")));
		for (const { code, signal, stderr } of ends) {
			if (code !== 0) this.deserters.push(`SIGTERM ended a relay with ${code ?? signal}: ${stderr}`);
		}
		await Promise.all(this.#watched);
		return Math.max(...ends.map((end) => end.tookMs));
	}

	async abandon(): Promise<void> {
		for (const relay of this.#relays) this.#expected.add(relay);
		await Promise.all(this.#relays.map((relay) => relay[Symbol.asyncDispose]()));
	}

	#watch(relay: RelayProcess): RelayProcess {
		this.started++;
		const watched = relay.ended.then(({ code, signal, stdout, stderr }) => {
			if (!this.#expected.delete(relay))
				this.deserters.push(`a relay ended with ${code ?? signal}: ${stdout.slice(-500)}${stderr}`);
			for (const line of stdout.split("\n").filter((text) => text.includes('"level":"error"'))) this.#complaint(line);
			if (stderr !== "") this.#complaint(stderr);
		});
		this.#watched.push(watched);
		return relay;
	}

	/** Lines of level error by message, with one example each. */
	readonly complaints = new Map<string, { count: number; readonly example: string }>();

	#complaint(line: string): void {
		const message = /"msg":"([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 80);
		const known = this.complaints.get(message);
		if (known === undefined) this.complaints.set(message, { count: 1, example: line.slice(0, 600) });
		else known.count++;
	}
}
