import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stage } from "./stage.ts";

const ASK_FOR_MS = 2_000;

/** Looks for the API key and the operator's token where neither may be. Logs of relays, the fleet searches itself. */
export class CanaryWatch {
	readonly #stage: Stage;
	readonly violations: string[] = [];
	readonly searched = { answersOfRelays: 0, tables: 0 };

	constructor(stage: Stage) {
		this.#stage = stage;
	}

	/** What every relay tells of itself. One that is just being started tells nothing. */
	async searchMetrics(): Promise<void> {
		const headers = { authorization: `Bearer ${this.#stage.token}` };
		for (const port of this.#stage.ports)
			for (const path of ["/metrics", "/readyz"]) {
				const url = `http://127.0.0.1:${port}${path}`;
				const text = await fetch(url, { headers, signal: AbortSignal.timeout(ASK_FOR_MS) })
					.then((response) => response.text())
					.catch(() => null);
				if (text !== null) this.searched.answersOfRelays++;
				this.#search(text ?? "", `what a relay says at ${path}`);
			}
	}

	/** Every row of every table, and what the server has logged. */
	async searchTables(): Promise<void> {
		const { pool, primary, apiKey, token } = this.#stage;
		const { rows } = await pool.query<{ name: string }>(
			`SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			 WHERE n.nspname = 'reward_outbox' AND c.relkind IN ('r', 'p')`,
		);
		for (const { name } of rows) {
			const held = await pool.query(
				`SELECT FROM ${name} t WHERE position($1 IN t::text) > 0 OR position($2 IN t::text) > 0 LIMIT 1`,
				[apiKey, token],
			);
			if (held.rowCount !== 0) this.violations.push(`I11: ${name} holds the API key or the operator's token`);
			this.searched.tables++;
		}
		const log = await readFile(join(primary.server.dataDirectory, "server.log"), "utf8").catch(() => "");
		this.#search(log, "PostgreSQL's log");
	}

	#search(text: string, where: string): void {
		const { apiKey, token } = this.#stage;
		if (text.includes(apiKey) || text.includes(token)) this.violations.push(`I11: ${where} has a secret in it`);
	}
}
