import type { Socket } from "node:net";

/** What a network does with a connection, from some moment on. */
export const TROUBLES = ["closed", "reset", "swallowed", "swallowed one way", "dripping", "held up"] as const;
export type Trouble = (typeof TROUBLES)[number];
export type Direction = "to the server" | "to the client";

/** Trouble that begins in the middle of what has just come. */
type Ahead = (data: Buffer, direction: Direction) => { readonly after: number; readonly strike: () => void } | null;

const DRIP_MS = 1;
const HELD_UP_MS = 700;

/** One connection of a `BadLine`. */
export class BadConnection {
	readonly #client: Socket;
	readonly #server: Socket;
	readonly #ahead: Ahead;
	readonly #held: { readonly data: Buffer; readonly direction: Direction }[] = [];
	#timer: NodeJS.Timeout | undefined;
	#trouble: Trouble | null = null;
	#direction: Direction = "to the server";
	#lostSomething = false;

	constructor(client: Socket, server: Socket, ahead: Ahead) {
		this.#client = client;
		this.#server = server;
		this.#ahead = ahead;
		this.#carry(client, "to the server");
		this.#carry(server, "to the client");
	}

	/** Both sides are closed: what one of them does not know of is still to be healed. */
	onEnd(listener: () => void): void {
		let open = 2;
		for (const socket of [this.#client, this.#server])
			socket.once("close", () => {
				if (--open > 0) return;
				clearInterval(this.#timer);
				listener();
			});
	}

	/** @param direction the one that vanishes where only one does */
	strike(trouble: Trouble, direction: Direction): void {
		[this.#trouble, this.#direction] = [trouble, direction];
		if (trouble === "closed") this.end();
		else if (trouble === "reset") for (const socket of [this.#client, this.#server]) socket.resetAndDestroy();
		else if (trouble === "dripping") this.#timer ??= setInterval(() => this.#drip(), DRIP_MS);
		else if (trouble === "held up") this.#timer ??= setTimeout(() => this.heal(), HELD_UP_MS);
	}

	heal(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
		this.#trouble = null;
		if (this.#lostSomething) this.end();
		for (const { data, direction } of this.#held.splice(0)) this.#write(data, direction);
	}

	end(): void {
		clearInterval(this.#timer);
		for (const socket of [this.#client, this.#server]) socket.destroySoon();
	}

	#carry(from: Socket, direction: Direction): void {
		from.on("data", (data: Buffer) => this.#receive(data, direction));
		from.on("error", () => from.destroy());
		from.on("close", () => {
			// A goodbye vanishes like everything else.
			if (!this.#swallows(direction)) this.#to(direction).destroySoon();
		});
	}

	#to(direction: Direction): Socket {
		return direction === "to the server" ? this.#server : this.#client;
	}

	#receive(data: Buffer, direction: Direction): void {
		const ahead = this.#trouble === null ? this.#ahead(data, direction) : null;
		const after = ahead?.after ?? data.length;
		this.#pass(data.subarray(0, after), direction);
		ahead?.strike();
		this.#pass(data.subarray(after), direction);
	}

	#pass(data: Buffer, direction: Direction): void {
		if (data.length === 0) return;
		if (this.#swallows(direction)) this.#lostSomething = true;
		else if (this.#trouble === "dripping" || this.#trouble === "held up") this.#held.push({ data, direction });
		else this.#write(data, direction);
	}

	#write(data: Buffer, direction: Direction): void {
		const to = this.#to(direction);
		if (!to.destroyed && !to.writableEnded) to.write(data);
	}

	#swallows(direction: Direction): boolean {
		return this.#trouble === "swallowed" || (this.#trouble === "swallowed one way" && direction === this.#direction);
	}

	#drip(): void {
		const next = this.#held.shift();
		if (next === undefined) return;
		this.#write(next.data.subarray(0, 1), next.direction);
		if (next.data.length > 1) this.#held.unshift({ ...next, data: next.data.subarray(1) });
	}
}
