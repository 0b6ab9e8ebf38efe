import { doubledMs } from "../../src/event/backoff.ts";
import { SILENT } from "../../src/log.ts";
import type { Logger } from "../../src/logger.ts";
import { Listener } from "../../src/relay/listener.ts";
import { SILENT_OBSERVER } from "../../src/relay/observers.ts";
import { PACE_OF_ONE, type RelaySettings } from "../../src/relay/parts.ts";
import { Relay } from "../../src/relay/relay.ts";
import { UNSHARED } from "../../src/relay/request-budget.ts";
import type { StateFile } from "../../src/relay/state-file.ts";
import type { WakeLock } from "../../src/relay/wake-mode.ts";
import { Credentials } from "../../src/reward/credentials.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import { isAccessRefused, isTransient } from "../../src/store/database-error.ts";
import type { Clock } from "../../src/timing/clock.ts";
import { Listening, storeOf, wakeLockOf } from "./connection.ts";
import type { Dice } from "./dice.ts";
import { Link, type Mishap } from "./link.ts";
import { Process } from "./process.ts";
import type { Road } from "./road.ts";
import { type SenderOptions, SimulatedSender } from "./sender.ts";
import type { Connection, SimulatedDatabase } from "./server/database.ts";
import type { Timeline } from "./timeline.ts";

/** After a connection was closed by the kernel of a machine that goes on. */
const SOON_MS = 5;
/** After a machine was lost, with everything that it would have said. */
const MACHINE_LOST_MS = 12_000;

export interface RelayProcessOptions {
	readonly name: string;
	readonly settings: Omit<RelaySettings, "name" | "version" | "pace">;
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly database: SimulatedDatabase;
	readonly road: Road;
	readonly newId: () => string;
	/** The file with the key, as it is now. */
	readonly readKey: () => string;
	readonly stateFile: StateFile | null;
	/** A statement leaves. */
	readonly onCall: (name: string, args: readonly unknown[]) => void;
	readonly onMishap: (call: string, mishap: Mishap) => void;
	readonly onSent: (event: ClaimedEvent) => void;
	readonly onOutcome: (event: ClaimedEvent, outcome: string) => void;
	readonly onLog: (message: string, error: unknown) => void;
	/** It has ended: by itself, or not. */
	readonly onEnd: () => void;
}

/** One run of a relay: the classes that run in production, on a simulated process, clock, network and database. */
export class RelayProcess {
	readonly process: Process;
	readonly link: Link;
	readonly listening: Listening;
	readonly #options: RelayProcessOptions;
	readonly #relay: Relay;
	readonly #listener: Listener;
	readonly #connection: Connection;
	readonly #wakeLock: WakeLock;
	readonly #sender: SimulatedSender;
	readonly #credentials: Credentials;

	constructor(options: RelayProcessOptions) {
		const { timeline, dice, database, onMishap } = options;
		this.#options = options;
		this.process = new Process(timeline, dice.between(0.999, 1.001));
		this.link = new Link(timeline, dice.apart(), onMishap);
		this.#connection = database.connect(this.link);
		this.listening = new Listening(this.#connection, this.process);
		this.#wakeLock = wakeLockOf(this.#connection, this.process, {
			onHeld: () => this.#relay.wakeLockChanged("held"),
			onLost: () => this.#relay.wakeLockChanged("lost"),
		});
		this.#credentials = new Credentials(options.readKey, options.readKey());
		this.#sender = this.#createSender();
		this.#relay = this.#createRelay();
		this.#listener = this.#createListener();
	}

	start(): void {
		this.#listener.start();
		this.#relay.start();
	}

	/** As SIGTERM does it. */
	async stop(graceMs: number): Promise<void> {
		await this.#relay.stop(graceMs);
		await this.#listener.stop();
		this.#wakeLock.release();
		this.process.end();
		this.#options.onEnd();
	}

	/** It ends without a word, and after a while the server notices that nobody is there. */
	crash(): void {
		const { dice, timeline, onEnd } = this.#options;
		if (this.process.isGone) return;
		this.process.end();
		onEnd();
		timeline.after(dice.chance(0.8) ? SOON_MS : MACHINE_LOST_MS, () => {
			this.listening.endAll();
			this.#wakeLock.release();
		});
	}

	/** SIGHUP: the file with the key has changed. */
	async reloadKey(): Promise<void> {
		if (await this.#credentials.reload()) this.#relay.keyReloaded();
	}

	get inFlight(): number {
		return this.#sender.inFlight;
	}

	#createSender(): SimulatedSender {
		const { road, settings, onSent, onOutcome } = this.#options;
		const told: Pick<SenderOptions, "onSent" | "onOutcome"> = {
			onSent: (request) => onSent(request as ClaimedEvent),
			onOutcome: (request, outcome) => onOutcome(request as ClaimedEvent, outcome.class),
		};
		return new SimulatedSender({
			process: this.process,
			road,
			credentials: this.#credentials,
			timeoutMs: settings.requestTimeoutMs,
			...told,
		});
	}

	#createRelay(): Relay {
		const { name, settings, onCall, dice, newId, stateFile } = this.#options;
		const { clock } = this.process;
		return new Relay(
			{ ...settings, name, version: "0.0.0", pace: PACE_OF_ONE },
			{
				store: storeOf(this.#connection, this.process, onCall),
				stateFile,
				wakeLock: this.#wakeLock,
				sender: this.#sender,
				slots: UNSHARED,
				clock,
				random: dice.apart().next,
				newId,
				log: this.#log(),
				observer: SILENT_OBSERVER,
				persist: persistBy(clock, dice.apart()),
				isTransient,
				reloadKey: () => this.#credentials.reload(),
			},
		);
	}

	#createListener(): Listener {
		const { dice } = this.#options;
		const { clock } = this.process;
		const jitter = dice.apart();
		return new Listener({
			clock,
			reconnect: (attempt, signal) => reconnectBy(clock, jitter, attempt, signal),
			subscribe: (channels) => this.listening.subscribe(channels),
			probeChannel: `probe_${this.#options.newId()}`,
			notify: (channel) => this.process.ask(() => this.#connection.notify(channel)),
			onNotified: () => this.#relay.notified(),
			onSession: () => this.#relay.listenerChanged(this.#listener.mode, this.#listener.sessionId),
			onMode: (mode) => this.#relay.listenerChanged(mode, this.#listener.sessionId),
		});
	}

	#log(): Logger {
		const { onLog } = this.#options;
		return { ...SILENT, error: (fields, message) => onLog(message, (fields as { err?: unknown }).err) };
	}
}

/** Repeats a statement until it has succeeded or cannot, with growing waits in between. */
function persistBy(clock: Clock, dice: Dice) {
	return async <T>(statement: () => Promise<T>, onFailure?: (error: unknown) => void): Promise<T> => {
		for (let failures = 0; ; failures++) {
			try {
				return await statement();
			} catch (error) {
				if (!isTransient(error) && !isAccessRefused(error)) throw error;
				onFailure?.(error);
				await wait(clock, doubledMs(50, failures, 1_000) * (1 + dice.next()));
			}
		}
	};
}

/** The same for a connection that listens, until the signal ends it. */
async function reconnectBy(clock: Clock, dice: Dice, attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
	for (let failures = 0; ; failures++) {
		signal.throwIfAborted();
		try {
			return await attempt();
		} catch {
			// The listener has said why.
			await wait(clock, doubledMs(100, failures, 1_000) * (1 + dice.next()), signal);
		}
	}
}

function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const cancel = clock.after(ms, end);
		function end() {
			cancel();
			signal?.removeEventListener("abort", end);
			resolve();
		}
		signal?.addEventListener("abort", end, { once: true });
	});
}
