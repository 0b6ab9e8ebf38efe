import { readFileSync } from "node:fs";

/** The version of this package, from its package.json (one directory up, in a checkout and in the published package). */
export function packageVersion(): string {
	const manifest: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
	return manifest.version;
}
