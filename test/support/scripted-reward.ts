import { createServer, type Server, type Socket } from "node:net";
import { type Script, success } from "./replies.ts";
import { RequestReader, type ScriptedRequest } from "./request-reader.ts";

export * from "./replies.ts";
export type { ScriptedRequest } from "./request-reader.ts";

export interface ScriptedRewardOptions {
	/** Default 0: any free port. */
	readonly port?: number;
	/** What to do with requests for which nothing is queued; default {@link success}. */
	readonly script?: Script;
	/**
	 * Is told of everything, and the receiver keeps nothing itself: for runs that are too long to be remembered.
	 */
	readonly witness?: Witness;
}

export interface Witness {
	head(request: ScriptedRequest): void;
	request(request: ScriptedRequest): void;
	applied(request: ScriptedRequest): void;
}

/** Starts a receiver on a free loopback port that does exactly what it is told, byte by byte. */
export async function startScriptedReward(options: ScriptedRewardOptions = {}): Promise<ScriptedReward> {
	const reward = new ScriptedReward(options.script ?? success(), options.witness);
	await reward.listen(options.port ?? 0);
	return reward;
}

export class ScriptedReward implements AsyncDisposable {
	/** Every request whose head has arrived, in order of arrival. */
	readonly requests: ScriptedRequest[] = [];
	/** How often each Idempotency-Key was applied. */
	readonly applications = new Map<string, number>();
	/** Idempotency-Keys in the order of their application. */
	readonly applied: string[] = [];
	/** Connections ever accepted. */
	connections = 0;
	readonly #queue: Script[] = [];
	readonly #sockets = new Set<Socket>();
	readonly #waiting = new Set<() => void>();
	readonly #witness: Witness | undefined;
	#script: Script;
	#server: Server | null = null;
	#port = 0;

	constructor(script: Script, witness: Witness | undefined) {
		this.#script = script;
		this.#witness = witness;
	}

	get port(): number {
		return this.#port;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	get openConnections(): number {
		return this.#sockets.size;
	}

	/** What to do from now on with every request for which nothing is queued. */
	respond(script: Script): void {
		this.#script = script;
	}

	/** What to do with the next requests, one each. */
	enqueue(...scripts: Script[]): void {
		this.#queue.push(...scripts);
	}

	/** How many events were applied more than once, and how often in excess. */
	get duplicates(): number {
		return this.applied.length - this.applications.size;
	}

	/** Resolves as soon as the predicate holds: it is asked again whenever something happened. */
	async waitFor(predicate: (reward: ScriptedReward) => boolean, timeoutMs = 10_000): Promise<void> {
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const check = () => {
			if (predicate(this)) resolve();
		};
		const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${predicate}`)), timeoutMs);
		this.#waiting.add(check);
		check();
		await promise.finally(() => {
			clearTimeout(timer);
			this.#waiting.delete(check);
		});
	}

	/** Resets every open connection; new ones are welcome. */
	dropConnections(): void {
		for (const socket of this.#sockets) socket.resetAndDestroy();
	}

	/** Stops listening and drops every connection: from now on they are refused. */
	async close(): Promise<void> {
		const server = this.#server;
		this.#server = null;
		if (server === null) return;
		const closed = new Promise((resolve) => server.close(resolve));
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}

	/** Listens again on the same port, as a restarted server would. */
	async reopen(): Promise<void> {
		await this.listen(this.#port);
	}

	async listen(port: number): Promise<void> {
		const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject).listen(port, "127.0.0.1", resolve);
		});
		const address = server.address();
		if (address === null || typeof address === "string") throw new Error("the server listens on no port");
		this.#port = address.port;
		this.#server = server;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#accept(socket: Socket): void {
		this.connections++;
		this.#sockets.add(socket);
		const reader = new RequestReader();
		socket.on("data", (chunk: Buffer) => {
			for (const event of reader.push(chunk)) this.#receive(socket, event.request, event.stage);
		});
		// The other side resets connections as part of nearly every test here.
		socket.on("error", () => undefined);
		socket.on("end", () => socket.end());
		socket.on("close", () => {
			this.#sockets.delete(socket);
			this.#changed();
		});
		this.#changed();
	}

	#receive(socket: Socket, request: ScriptedRequest, stage: "head" | "request"): void {
		this.#witness?.[stage](request);
		if (stage === "head") {
			if (this.#witness === undefined) this.requests.push(request);
			request.reply = this.#queue.shift() ?? this.#script;
		}
		void this.#play(socket, request, stage);
		this.#changed();
	}

	async #play(socket: Socket, request: ScriptedRequest, stage: "head" | "request"): Promise<void> {
		const script = request.reply as Script;
		// A script that is a function may look at the body, so it is asked only when the body is there.
		if (typeof script === "function" && stage === "head") return;
		const reply = typeof script === "function" ? await script(request) : script;
		if ((reply.at ?? "request") !== stage) return;
		if (reply.applies && stage === "request") this.#apply(request);
		await reply.act(socket, request);
		this.#changed();
	}

	#apply(request: ScriptedRequest): void {
		this.#witness?.applied(request);
		if (this.#witness !== undefined) return;
		const key = request.idempotencyKey;
		this.applications.set(key, (this.applications.get(key) ?? 0) + 1);
		this.applied.push(key);
	}

	#changed(): void {
		for (const check of [...this.#waiting]) check();
	}
}
