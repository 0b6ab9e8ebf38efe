import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/**
 * An application that writes one event per transaction, again and again, and survives whatever happens to the database.
 */
export class Load implements AsyncDisposable {
	/** Known to be committed. */
	readonly committed: string[] = [];
	readonly #over = new AbortController();
	readonly #running: Promise<void>;

	/** @param pauseMs between two transactions */
	constructor(url: string, pauseMs = 5) {
		this.#running = this.#run(url, pauseMs);
	}

	/** Stops writing; resolves with what is known to be committed. */
	async stop(): Promise<string[]> {
		this.#over.abort();
		await this.#running;
		return this.committed;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	async #run(url: string, pauseMs: number): Promise<void> {
		while (!this.#over.signal.aborted) {
			const client = new pg.Client({ connectionString: url, application_name: "application", query_timeout: 5_000 });
			client.on("error", () => {});
			try {
				await client.connect();
				while (!this.#over.signal.aborted) {
					const { rows } = await client.query<{ id: string }>("SELECT reward_outbox.emit('paid', 'somebody') AS id");
					this.committed.push(rows[0]?.id as string);
					await sleep(pauseMs);
				}
			} catch {
				await sleep(20);
			} finally {
				await client.end().catch(() => {});
			}
		}
	}
}
