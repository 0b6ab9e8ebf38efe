/**
 * Which package.json is packed: without what is built in, and without what only a checkout needs. npm reads it from
 * this folder, so it is put there for that long and no longer.
 *
 *   publish   puts the published one in place
 *   packed    puts the checkout's back, unless npm is going to read it once more to publish it
 *   restore   puts the checkout's back
 */
import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { publishedManifest } from "./published-manifest.ts";

const ROOT = join(import.meta.dirname, "..");
const MANIFEST = join(ROOT, "package.json");
const CHECKOUTS = join(ROOT, "node_modules", ".package.json.of-the-checkout");

const [step] = process.argv.slice(2);
if (step === "publish") await publish();
else if (step === "restore" || process.env["npm_command"] !== "publish") await restore();

async function publish(): Promise<void> {
	// A run that was interrupted left the published one in place.
	await restore();
	await copyFile(MANIFEST, CHECKOUTS);
	const published = publishedManifest(JSON.parse(await readFile(MANIFEST, "utf8")), process.env);
	await writeFile(MANIFEST, `${JSON.stringify(published, null, 2)}\n`);
}

async function restore(): Promise<void> {
	await rename(CHECKOUTS, MANIFEST).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "ENOENT") throw error;
	});
}
