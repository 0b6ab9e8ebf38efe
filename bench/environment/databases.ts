import pg from "pg";
import type { Contender } from "../contenders/contender.ts";
import type { Server } from "./server.ts";

const PREFIX = "reward_outbox_bench";

/** A database of one measurement. */
export interface BenchDatabase extends AsyncDisposable {
	readonly name: string;
	readonly url: string;
	readonly client: pg.Client;
}

/**
 * Makes a database for each measurement, by copying one that is prepared once per contender: everybody starts fresh.
 */
export class Databases {
	readonly #server: Server;
	readonly #templates = new Map<string, string>();
	#next = 0;

	constructor(server: Server) {
		this.#server = server;
	}

	async create(contender: Contender): Promise<BenchDatabase> {
		const template = await this.#template(contender);
		const name = `${PREFIX}_${process.pid}_${this.#next++}`;
		const { admin } = this.#server;
		await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
		const url = this.#urlOf(name);
		await contender.afterCreate?.(url, name);
		const client = new pg.Client({ connectionString: url, application_name: "bench" });
		await client.connect();
		return {
			name,
			url,
			client,
			async [Symbol.asyncDispose]() {
				await contender.beforeDrop?.(client, name);
				await client.end();
				await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
			},
		};
	}

	async dropTemplates(): Promise<void> {
		for (const name of this.#templates.values()) await this.#server.admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
		this.#templates.clear();
	}

	async #template(contender: Contender): Promise<string> {
		const known = this.#templates.get(contender.id);
		if (known !== undefined) return known;
		const name = `${PREFIX}_${process.pid}_template_${this.#templates.size}`;
		await this.#server.admin.query(`CREATE DATABASE ${name}`);
		this.#templates.set(contender.id, name);
		await contender.prepare(this.#urlOf(name));
		return name;
	}

	#urlOf(name: string): string {
		const url = new URL(this.#server.url);
		url.pathname = `/${name}`;
		return url.href;
	}
}
