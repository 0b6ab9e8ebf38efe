/**
 * `npm run check:dependencies`: what the published package brings with it may be used by everybody, and has no known
 * hole. Exits 1 with the names if not. Where the registry does not answer the question about holes, it says so and goes
 * on.
 */
import { spawnSync } from "node:child_process";

/** Licences under which anybody may use, change and sell what contains the package. */
const FREE = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT"]);

interface Installed {
	readonly name: string;
	readonly version: string;
	readonly license?: string;
}

interface Audit {
	readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

const installed: Installed[] = JSON.parse(npm("query", ":root *:not(.dev)"));
const unfree = installed.filter(({ license }) => !FREE.has(license ?? ""));
for (const { name, version, license } of unfree) console.error(`${name} ${version}: licence ${license ?? "unknown"}`);
console.log(`${installed.length} packages, ${unfree.length} under a licence that is not on the list`);

const { vulnerabilities }: Audit = JSON.parse(npm("audit", "--omit=dev", "--json") || "{}");
if (vulnerabilities === undefined) console.log("The registry did not say whether there are known holes: not checked.");
const holes = Object.entries(vulnerabilities ?? {});
for (const [name, { severity, range }] of holes) console.error(`${name} ${range}: ${severity}`);
if (vulnerabilities !== undefined) console.log(`${holes.length} packages with a known hole`);

process.exitCode = unfree.length + holes.length > 0 ? 1 : 0;

/** What npm prints. Its exit code says the same as its answer. */
function npm(...args: string[]): string {
	return spawnSync("npm", args, { encoding: "utf8", maxBuffer: 64 << 20, shell: process.platform === "win32" }).stdout;
}
