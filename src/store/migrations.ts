import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);

/** One plain SQL file of `migrations/`. */
export interface MigrationFile {
	/** File name without `.sql`, e.g. `0002_outbox`. */
	readonly name: string;
	readonly sql: string;
}

/** The migrations this version brings, in order. A DBA can read and run them without Node. */
export async function readMigrations(): Promise<MigrationFile[]> {
	const files = (await readdir(fileURLToPath(MIGRATIONS))).filter((file) => file.endsWith(".sql")).sort();
	return Promise.all(
		files.map(async (file) => ({ name: file.slice(0, -4), sql: await readFile(new URL(file, MIGRATIONS), "utf8") })),
	);
}
