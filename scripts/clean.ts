/** `node scripts/clean.ts FOLDER…`: deletes build output, so that a renamed source never ships its old build. */
import { rm } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "..");

for (const folder of process.argv.slice(2)) {
	const target = resolve(root, folder);
	const inside = relative(root, target);
	if (inside === "" || inside.split(sep)[0] === "..") throw new Error(`${folder} is not a folder inside the project`);
	await rm(target, { recursive: true, force: true });
}
