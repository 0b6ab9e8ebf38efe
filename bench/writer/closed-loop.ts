import pg from "pg";
import { now } from "../clock.ts";
import type { WriterLoad, WriterResult } from "../environment/pgbench.ts";
import { quantile } from "../statistics.ts";

const VARIABLE = /^\\set (\w+) random\((\d+), (\d+)\)$/;

/** What pgbench does, for machines without it: each writer on a connection of its own, one transaction after the other. */
export async function runNodeWriters(load: WriterLoad): Promise<WriterResult> {
	const lines = load.script.trimEnd().split("\n");
	const variables = lines.flatMap((line) => VARIABLE.exec(line)?.slice(1) ?? []);
	const [name = "", least = "0", most = "0"] = variables;
	const statements = lines
		.filter((line) => !line.startsWith("\\"))
		.map((line, i) => ({
			name: `s${i}`,
			text: line.replaceAll(`:${name}`, "$1"),
			parameters: line.includes(`:${name}`),
		}));
	const clients = Array.from({ length: load.writers }, () => new pg.Client({ connectionString: load.databaseUrl }));
	await Promise.all(clients.map((client) => client.connect()));

	const latencies: number[] = [];
	const startedAt = now();
	const endAt = startedAt + load.seconds * 1000;
	const write = async (client: pg.Client) => {
		for (let beganAt = now(); beganAt < endAt; beganAt = now()) {
			const value = Number(least) + Math.floor(Math.random() * (Number(most) - Number(least) + 1));
			for (const { name, text, parameters } of statements)
				await client.query({ name, text, values: parameters ? [value] : [] });
			latencies.push(now() - beganAt);
		}
	};
	await Promise.all(clients.map(write));
	const seconds = (now() - startedAt) / 1000;
	await Promise.all(clients.map((client) => client.end()));
	return {
		transactionsPerSecond: latencies.length / seconds,
		p50Ms: quantile(latencies, 0.5),
		p99Ms: quantile(latencies, 0.99),
	};
}
