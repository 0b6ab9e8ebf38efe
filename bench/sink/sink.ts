import { Child } from "../environment/child.ts";
import type { Arrivals, SinkTold } from "./messages.ts";

/** One run's view of the sink. */
export interface Reception {
	/** When the event that was to be marked arrived. */
	readonly marked: Promise<number>;
	/** When the last expected event arrived. */
	readonly complete: Promise<number>;
}

/** The receiver of every contender. */
export class Sink {
	readonly #child = new Child({ name: "the sink", script: new URL("process.ts", import.meta.url).pathname });
	#port = 0;

	static async start(): Promise<Sink> {
		const sink = new Sink();
		sink.#port = (await sink.#child.next<SinkTold, "listening">("listening")).port;
		return sink;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	get pid(): number {
		return this.#child.pid;
	}

	async expect(settings: {
		readonly events: number;
		readonly latencyMs: number;
		readonly mark?: number;
		/** What it answers; default 200. */
		readonly status?: 200 | 401;
	}): Promise<Reception> {
		const ready = this.#child.next<SinkTold, "ready">("ready");
		this.#child.send({
			type: "reset",
			expected: settings.events,
			latencyMs: settings.latencyMs,
			mark: settings.mark ?? 0,
			status: settings.status ?? 200,
		});
		await ready;
		const reception = {
			marked: this.#child.next<SinkTold, "marked">("marked").then(({ at }) => at),
			complete: this.#child.next<SinkTold, "complete">("complete").then(({ at }) => at),
		};
		for (const promise of Object.values(reception)) promise.catch(() => {});
		return reception;
	}

	async arrivals(): Promise<Arrivals> {
		const arrivals = this.#child.next<SinkTold, "arrivals">("arrivals");
		this.#child.send({ type: "collect" });
		return await arrivals;
	}

	async stop(): Promise<void> {
		await this.#child.stop();
	}
}
