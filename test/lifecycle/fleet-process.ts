import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCli } from "../cli/run-cli.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import type { ScriptedReward } from "../support/scripted-reward.ts";
import { readValue, until } from "./facts.ts";
import { RelayProcess, SHORT_TIMES } from "./relay-process.ts";

/** One entry of the file; what is left out is left out there. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

export interface FleetProcessOptions {
	readonly reward: Pick<ScriptedReward, "url">;
	readonly env?: Readonly<Record<string, string>>;
}

/** A folder with a file that names databases, gone at the end. */
export class DatabasesFile implements AsyncDisposable {
	readonly folder: string;
	readonly path: string;

	constructor(folder: string) {
		this.folder = folder;
		this.path = join(folder, "databases.yaml");
	}

	/** As deployments do it: a new file takes the place of the old one in one step. JSON is YAML. */
	async write(content: readonly Entry[] | string): Promise<void> {
		const text = typeof content === "string" ? content : JSON.stringify({ databases: content });
		await this.put("databases.yaml", text);
	}

	/** Another file beside it. Returns its path. */
	async put(name: string, text: string): Promise<string> {
		const path = join(this.folder, name);
		await writeFile(`${path}.new`, text, { mode: 0o600 });
		await rename(`${path}.new`, path);
		return path;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await rm(this.folder, { recursive: true, force: true });
	}
}

export async function databasesFile(content?: readonly Entry[] | string): Promise<DatabasesFile> {
	const file = new DatabasesFile(await mkdtemp(join(tmpdir(), "reward-outbox-databases-")));
	if (content !== undefined) await file.write(content);
	return file;
}

export function startFleet(file: DatabasesFile, { reward, env }: FleetProcessOptions): RelayProcess {
	const cli = startCli(["relay"], {
		REWARD_OUTBOX_DATABASES_FILE: file.path,
		REWARD_API_URL: reward.url,
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		...SHORT_TIMES,
		...env,
	});
	return new RelayProcess(cli);
}

/** Databases of their own, gone at the end. */
export class TestDatabases implements AsyncDisposable {
	readonly all: readonly TestDatabase[];

	constructor(all: readonly TestDatabase[]) {
		this.all = all;
	}

	at(index: number): TestDatabase {
		return this.all[index] as TestDatabase;
	}

	/** An entry for each: `shop-0`, `shop-1`, and keys that tell them apart at the receiver. */
	get entries(): Entry[] {
		return this.all.map(({ url }, index) => ({ name: `shop-${index}`, url, reward_api_key: keyOf(index) }));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await Promise.all(this.all.map((database) => database.drop()));
	}
}

export async function testDatabases(count: number): Promise<TestDatabases> {
	const all: TestDatabase[] = [];
	for (let n = 0; n < count; n++) all.push(await createTestDatabase());
	return new TestDatabases(all);
}

export function keyOf(index: number): string {
	return `sk_test_of_shop_${index}`;
}

/** Sessions of relays in a database. */
export function connectionsTo({ name, query }: TestDatabase): Promise<number> {
	const sessions =
		"SELECT count(*)::integer FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'reward-outbox%'";
	return readValue<number>({ query } as never, sessions, [name]);
}

export interface FleetHealthOfTest {
	readonly ready: boolean;
	readonly counts: Readonly<Record<string, number>>;
	readonly file: { readonly ok: boolean; readonly problems: number };
	readonly databases: Readonly<
		Record<
			string,
			{
				readonly ready: boolean;
				readonly state: string;
				readonly listener: { readonly mode: string };
				readonly paused: { readonly code: string } | null;
				readonly served_by: string | null;
			}
		>
	>;
}

export async function healthOf(relay: RelayProcess): Promise<FleetHealthOfTest> {
	return (await relay.health()) as unknown as FleetHealthOfTest;
}

export function untilReady(relay: RelayProcess, count: number): Promise<void> {
	return until(`${count} are ready`, async () => (await healthOf(relay)).counts["ready"] === count);
}
