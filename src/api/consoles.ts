import type { Access } from "../access/access.ts";
import { type Address, textOf } from "../connection/address.ts";
import { createHttpHandler, type HttpHandler } from "../http/server.ts";
import { type Logger, withFields } from "../log.ts";
import { Console } from "./console.ts";
import { healthOfConsole } from "./serve.ts";

/** One of many databases, as its console needs it. */
export interface ConsoleDatabase {
	readonly name: string;
	readonly databaseUrl: Address;
	/** The relays' limit of attempts. */
	readonly maxAttempts: number;
	/** Nothing of it is sent. */
	readonly isPaused: boolean;
}

export interface ConsolesOptions {
	readonly host: string;
	readonly allowedHosts: readonly string[];
	readonly trustedProxies: readonly string[];
	readonly access: Access;
	readonly logger: Logger;
	/** Where the built pages are. Default: where they are built. */
	readonly pageFolders?: readonly string[];
}

/** Consoles that are kept; the one that was asked for the longest ago gives way to another. */
const MOST_OPEN = 16;

interface OpenConsole {
	readonly address: string;
	readonly console: Console;
	readonly handler: Promise<HttpHandler>;
}

/** The consoles of many databases. Each is made when somebody asks for it: nobody looks at hundreds at once. */
export class Consoles {
	readonly #options: ConsolesOptions;
	#databases: readonly ConsoleDatabase[] = [];
	/** The one that was asked for last stands last. */
	readonly #open = new Map<string, OpenConsole>();

	constructor(options: ConsolesOptions) {
		this.#options = options;
	}

	get databases(): readonly ConsoleDatabase[] {
		return this.#databases;
	}

	/** From now on these are the databases; consoles of those that are gone, or are others now, end. */
	async follow(databases: readonly ConsoleDatabase[]): Promise<void> {
		this.#databases = databases;
		const gone = [...this.#open].filter(([name, { address }]) => {
			const database = databases.find((one) => one.name === name);
			return database === undefined || textOf(database.databaseUrl) !== address;
		});
		await Promise.all(gone.map(([name]) => this.#close(name)));
	}

	/** What answers the requests to a database's console, as it would by itself; null: there is no such database. */
	find(name: string): Promise<HttpHandler["handle"]> | null {
		const database = this.#databases.find((one) => one.name === name);
		return database === undefined ? null : this.#opened(database).handler.then(({ handle }) => handle);
	}

	/** Ends what is under way. */
	async quiesce(): Promise<void> {
		await Promise.all([...this.#open.values()].map(({ console }) => console.quiesce()));
	}

	async close(): Promise<void> {
		await Promise.all([...this.#open.keys()].map((name) => this.#close(name)));
	}

	#opened(database: ConsoleDatabase): OpenConsole {
		const known = this.#open.get(database.name) ?? this.#create(database);
		this.#open.delete(database.name);
		this.#open.set(database.name, known);
		const [oldest] = this.#open.keys();
		if (this.#open.size > MOST_OPEN && oldest !== undefined) void this.#close(oldest);
		return known;
	}

	#create({ name, databaseUrl, maxAttempts }: ConsoleDatabase): OpenConsole {
		const { access, host, allowedHosts, trustedProxies, pageFolders } = this.#options;
		const logger = withFields(this.#options.logger, { database: name });
		const pages = pageFolders === undefined ? {} : { pageFolders };
		const console = new Console({
			databaseUrl,
			access,
			defaultMaxAttempts: maxAttempts,
			logger,
			isOneOfMany: true,
			...pages,
		});
		const handler = createHttpHandler({
			host,
			port: 0,
			access,
			allowedHosts,
			trustedProxies,
			health: () => healthOfConsole(console),
			routes: (server) => console.addTo(server),
			isOpen: (method, path) => console.isOpen(method, path),
			logger,
		});
		return { address: textOf(databaseUrl), console, handler };
	}

	async #close(name: string): Promise<void> {
		const open = this.#open.get(name);
		this.#open.delete(name);
		if (open === undefined) return;
		await (await open.handler).close();
		await open.console.close();
	}
}
