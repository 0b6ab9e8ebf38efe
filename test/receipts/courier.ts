import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the way from Reward to us does to webhooks. Shares of 1; times by the simulated clock. */
export interface Weather {
	/** Taken with a 200 and never passed on: Reward's own repeats do not help. */
	readonly lost: number;
	readonly doubled: number;
	/** At least that late: on a fast clock the answer to a request takes seconds, and a receipt comes after it. */
	readonly atLeastMs: number;
	/** Most come within so long more; */
	readonly mostlyMs: number;
	/** this share comes up to {@link atMostMs} late. */
	readonly slow: number;
	readonly atMostMs: number;
}

interface CourierOptions {
	readonly target: string;
	readonly weather: Weather;
	/** How much faster than ours the simulated clock goes. */
	readonly speed: number;
	readonly random: () => number;
}

/** Stands between the sandbox and the receiver of webhooks, and loses, doubles and delays them. */
export class Courier {
	readonly #options: CourierOptions;
	readonly #server: Server;
	readonly #underway = new Set<Promise<void>>();
	#lost = 0;
	#doubled = 0;
	#passedOn = 0;

	constructor(options: CourierOptions) {
		this.#options = options;
		this.#server = createServer(async (request, response) => {
			const body = await bodyOf(request);
			response.writeHead(200).end();
			this.#take(body);
		});
	}

	get counts(): { readonly lost: number; readonly doubled: number; readonly passedOn: number } {
		return { lost: this.#lost, doubled: this.#doubled, passedOn: this.#passedOn };
	}

	async listen(): Promise<URL> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
	}

	/** Sends something that never was. */
	forge(body: string): void {
		this.#send(body, 0);
	}

	/** Everything has been passed on that was not lost. */
	async settled(): Promise<void> {
		while (this.#underway.size > 0) await Promise.all(this.#underway);
	}

	async close(): Promise<void> {
		const closed = new Promise((resolve) => this.#server.close(resolve));
		this.#server.closeAllConnections();
		await closed;
	}

	#take(body: string): void {
		const { weather, random } = this.#options;
		if (random() < weather.lost) {
			this.#lost += 1;
			return;
		}
		this.#send(body, this.#delay());
		if (random() >= weather.doubled) return;
		this.#doubled += 1;
		this.#send(body, this.#delay());
	}

	#delay(): number {
		const { weather, random } = this.#options;
		const { atLeastMs, mostlyMs, slow, atMostMs } = weather;
		return random() < slow ? atLeastMs + random() * (atMostMs - atLeastMs) : atLeastMs + random() * mostlyMs;
	}

	#send(body: string, delayMs: number): void {
		const sent = this.#post(body, delayMs / this.#options.speed).finally(() => this.#underway.delete(sent));
		this.#underway.add(sent);
	}

	/** As Reward does, it tries again what is not acknowledged. */
	async #post(body: string, afterMs: number): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, afterMs));
		for (let attempt = 1; attempt <= 6; attempt += 1) {
			const headers = { "content-type": "application/json" };
			const response = await fetch(this.#options.target, { method: "POST", headers, body }).catch(() => null);
			await response?.body?.cancel();
			if (response?.ok) {
				this.#passedOn += 1;
				return;
			}
			await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
		}
	}
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString("utf8");
}
