/**
 * `npm ci` in a checkout ends with this: it builds the console's page. Plain JavaScript, because it may run on a Node that is too old to
 * read TypeScript; and without complaint where the tools are not installed (`npm ci --omit=dev`), since only the page needs them.
 */
import { execFileSync } from "node:child_process";

try {
	import.meta.resolve("vite");
	import.meta.resolve("@vitejs/plugin-react");
} catch {
	console.log("Without development dependencies the console's page is not built; everything else works.");
	process.exit(0);
}
try {
	execFileSync("npm", ["run", "--silent", "build:console"], { stdio: "inherit", shell: process.platform === "win32" });
} catch {
	// Everything but the page works without it, so it must not keep anybody from installing.
	console.log("The console's page could not be built; to see why: npm run build:console");
}
