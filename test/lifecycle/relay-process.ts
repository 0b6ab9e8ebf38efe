import { type Ended, type RunningCli, startCli, startCliInto } from "../cli/run-cli.ts";
import type { ScriptedReward } from "../support/scripted-reward.ts";

export const API_KEY = "sk_test_lifecycle";

export interface RelayProcessOptions {
	readonly databaseUrl: string;
	readonly reward: Pick<ScriptedReward, "url">;
	/** On top of, and instead of, the short times below. */
	readonly env?: Readonly<Record<string, string>>;
	/** Where all it says goes; then nothing of it can be waited for. Default: it is kept in memory. */
	readonly logFile?: string;
	/** Another version's command line. Default: this one's. */
	readonly program?: string | undefined;
}

/**
 * Retries come soon, so that what would take minutes takes seconds. No request times out because the machine is busy.
 */
export const SHORT_TIMES: Readonly<Record<string, string>> = {
	REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "10000",
	REWARD_OUTBOX_LEASE_MS: "15100",
	REWARD_OUTBOX_POLL_INTERVAL_MS: "1000",
	REWARD_OUTBOX_BACKOFF_BASE_MS: "50",
	REWARD_OUTBOX_BACKOFF_CAP_MS: "500",
	REWARD_OUTBOX_SHUTDOWN_GRACE_MS: "5000",
};

/**
 * For the relay whose lease a test waits to see expire: hardly longer than its request timeout and the margin allow.
 */
export const SHORT_LEASE: Readonly<Record<string, string>> = {
	REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "4000",
	REWARD_OUTBOX_LEASE_MS: "9100",
};

/** Some time after the end of a lease by which reaping, and the retry it allows, have happened. */
export const AFTER_LEASE_MS = 40_000;

/** Starts the real command line on the source. `await using` it: whatever is left of it is killed. */
export function startRelay(options: RelayProcessOptions): RelayProcess {
	const key = options.env?.["REWARD_API_KEY_FILE"] === undefined ? { REWARD_API_KEY: API_KEY } : {};
	const start = options.logFile === undefined ? startCli : startCliInto.bind(null, options.logFile);
	const env = {
		DATABASE_URL: options.databaseUrl,
		REWARD_API_URL: options.reward.url,
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		...key,
		...SHORT_TIMES,
		...options.env,
	};
	return new RelayProcess(start(["relay"], env, options.program));
}

/** {@link startRelay}, and wait until it hears the database. */
export async function startListeningRelay(options: RelayProcessOptions): Promise<RelayProcess> {
	const relay = startRelay(options);
	await relay.logged("listener is listening");
	return relay;
}

export class RelayProcess implements AsyncDisposable {
	readonly ended: Promise<Ended>;
	readonly #cli: RunningCli;

	constructor(cli: RunningCli) {
		this.#cli = cli;
		this.ended = cli.ended;
	}

	get pid(): number {
		return this.#cli.child.pid as number;
	}

	/** Whether it has neither exited nor been killed. */
	get isRunning(): boolean {
		return this.#cli.child.exitCode === null && this.#cli.child.signalCode === null;
	}

	signal(name: NodeJS.Signals): void {
		this.#cli.child.kill(name);
	}

	/** Sends the signal and waits for the end. */
	async end(name: NodeJS.Signals): Promise<Ended & { readonly tookMs: number }> {
		const askedAt = performance.now();
		this.signal(name);
		return { ...(await this.ended), tookMs: performance.now() - askedAt };
	}

	/** The first log line with this message. Rejects when the process ends without one. */
	async logged(message: string): Promise<Record<string, unknown>> {
		const line = await this.#cli.line((text) => text.includes(JSON.stringify(message)));
		return JSON.parse(line) as Record<string, unknown>;
	}

	/** Its line about an attempt: the outcome is known to it, and goes on record next. */
	async knowsOutcomeOf(eventId: string): Promise<void> {
		await this.#cli.line((text) => text.includes(eventId) && text.includes('"outcome"'));
	}

	/** What `/readyz` says. */
	async health(): Promise<Record<string, unknown>> {
		const { url } = (await this.logged("http server is listening")) as { url: string };
		const response = await fetch(new URL("/readyz", url));
		return (await response.json()) as Record<string, unknown>;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		if (this.isRunning) this.signal("SIGKILL");
		await this.ended;
	}
}
