import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { now } from "../clock.ts";
import type { Transaction, WriterLoad } from "../environment/pgbench.ts";

const VARIABLE = /^\\set (\w+) random\((\d+), (\d+)\)$/;

/** What pgbench does, for machines without it: each writer on a connection of its own. */
export async function runNodeWriters(load: WriterLoad): Promise<Transaction[]> {
	const lines = load.script.trimEnd().split("\n");
	const variables = lines.flatMap((line) => VARIABLE.exec(line)?.slice(1) ?? []);
	const [name = "", least = "0", most = "0"] = variables;
	const statements = lines
		.filter((line) => !line.startsWith("\\"))
		.map((line, i) => ({
			name: `s${i}`,
			text: line.replaceAll(`:${name}`, "$1"),
			parameters: name !== "" && line.includes(`:${name}`),
		}));
	const clients = Array.from({ length: load.writers }, () => new pg.Client({ connectionString: load.databaseUrl }));
	await Promise.all(clients.map((client) => client.connect()));

	const transactions: Transaction[] = [];
	const endAt = now() + load.seconds * 1000;
	const due = schedule(load.ratePerSecond);
	const write = async (client: pg.Client) => {
		for (let dueAt = due(); dueAt < endAt; dueAt = due()) {
			if (dueAt > now()) await sleep(dueAt - now());
			const beganAt = now();
			const value = Number(least) + Math.floor(Math.random() * (Number(most) - Number(least) + 1));
			for (const { name, text, parameters } of statements)
				await client.query({ name, text, values: parameters ? [value] : [] });
			transactions.push({ endedAt: Date.now(), ms: now() - dueAt, lagMs: beganAt - dueAt });
		}
	};
	await Promise.all(clients.map(write));
	await Promise.all(clients.map((client) => client.end()));
	return transactions;
}

/** When the next transaction should begin: at once, or at random moments of that rate. */
function schedule(ratePerSecond: number | undefined): () => number {
	if (ratePerSecond === undefined) return now;
	let dueAt = now();
	return () => {
		dueAt += (1000 / ratePerSecond) * -Math.log(1 - Math.random());
		return dueAt;
	};
}
