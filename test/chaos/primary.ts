import { BadLine } from "../support/bad-line.ts";
import { type PostgresServer, type PostgresServerOptions, startPostgres } from "../support/postgres-server.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { streamingStandby } from "../support/standby.ts";
import type { Switchboard } from "../support/switchboard.ts";

/** Honest crashes, and room for standbys. */
const SETTINGS = {
	fsync: "on",
	full_page_writes: "on",
	max_wal_size: "256MB",
	wal_keep_size: "256MB",
	max_connections: "100",
	autovacuum_naptime: "5s",
};

/** The server that is the right one now, on a disk of its own where that may be had. */
export class Primary implements AsyncDisposable {
	readonly #diskMegabytes: number;
	#server: PostgresServer;
	#disk: SmallDisk | null;

	/** @param diskMegabytes 0: on the disk that everything is on */
	static async start(diskMegabytes: number, version: PostgresServerOptions["version"]): Promise<Primary> {
		const disk = await mount(diskMegabytes);
		const server = await startPostgres({
			settings: SETTINGS,
			...(version === undefined ? {} : { version }),
			...(disk === null ? {} : { folder: disk.folder }),
		}).catch(async (error) => {
			await disk?.[Symbol.asyncDispose]();
			throw error;
		});
		return new Primary(server, disk, diskMegabytes);
	}

	private constructor(server: PostgresServer, disk: SmallDisk | null, diskMegabytes: number) {
		[this.#server, this.#disk, this.#diskMegabytes] = [server, disk, diskMegabytes];
	}

	get server(): PostgresServer {
		return this.#server;
	}

	/** Null: it shares one with others, and must not fill it. */
	get disk(): SmallDisk | null {
		return this.#disk;
	}

	async prepareStandby(): Promise<Standby> {
		const disk = await mount(this.#diskMegabytes);
		const line = await BadLine.start(this.#server.port);
		const folder = disk === null ? {} : { folder: disk.folder };
		const server = await streamingStandby(this.#server, { port: line.port, ...folder });
		return { server, disk, line };
	}

	/** The standby takes over at once. What it has not received is lost. */
	async failOver(standby: Standby, board: Switchboard, promote: (url: string) => Promise<void>): Promise<void> {
		const [server, disk] = [this.#server, this.#disk];
		await server.kill();
		await promote(standby.server.url);
		[this.#server, this.#disk] = [standby.server, standby.disk];
		board.switchTo(this.#server.port);
		await standby.line[Symbol.asyncDispose]();
		await server[Symbol.asyncDispose]();
		await disk?.[Symbol.asyncDispose]();
	}

	async discard({ server, disk, line }: Standby): Promise<void> {
		await line[Symbol.asyncDispose]();
		await server[Symbol.asyncDispose]();
		await disk?.[Symbol.asyncDispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#disk?.free();
		await this.#server[Symbol.asyncDispose]();
		await this.#disk?.[Symbol.asyncDispose]();
	}
}

export interface Standby {
	readonly server: PostgresServer;
	readonly disk: SmallDisk | null;
	/** What it receives comes through here. */
	readonly line: BadLine;
}

function mount(megabytes: number): Promise<SmallDisk | null> {
	return megabytes === 0 ? Promise.resolve(null) : SmallDisk.mount(megabytes);
}
