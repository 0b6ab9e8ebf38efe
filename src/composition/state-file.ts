import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRegularFile, UnreadableFile } from "../regular-file.ts";
import type { StateFile } from "../relay/state-file.ts";
import type { Remembered } from "../store/identity.ts";

/** Some hundred times what is written. */
const MOST_BYTES = 256 * 1024;

/**
 * One file per database in the directory, which is made if it is not there. Relays that share it vouch for each other.
 * @param databaseUrl names the file; credentials and parameters are left out
 */
export function stateFileIn(directory: string, databaseUrl: string): StateFile {
	const address = databaseUrl.replace(/\?.*$/s, "").replace(/\/\/[^/]*@/, "//");
	const name = `reward-outbox-${createHash("sha256").update(address).digest("hex").slice(0, 16)}.json`;
	const path = join(directory, name);
	return {
		async read() {
			try {
				return asRemembered(JSON.parse(await readRegularFile(path, MOST_BYTES)));
			} catch (error) {
				if (error instanceof UnreadableFile && error.code === "ENOENT") return null;
				throw error;
			}
		},
		async write(remembered) {
			await mkdir(directory, { recursive: true });
			// Whole or not at all: a relay may be killed, and another may be reading.
			const draft = `${path}.${remembered.proofId}`;
			await writeFile(draft, `${JSON.stringify(remembered)}\n`, { mode: 0o600 });
			await rename(draft, path);
		},
	};
}

const TEXTS = [
	"proofId",
	"installationId",
	"systemIdentifier",
	"timeline",
	"nextXid",
	"beats",
	"headPosition",
] as const;

function asRemembered(value: unknown): Remembered {
	const state = Object(value) as Readonly<Record<string, unknown>>;
	const isWhole = TEXTS.every((name) => typeof state[name] === "string") && Array.isArray(state["lineage"]);
	if (!isWhole) throw new Error("it is not a state of a relay");
	return value as Remembered;
}
