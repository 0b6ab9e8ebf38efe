import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

/** The page, built from the source as it is now into a folder of its own: what lies in dist may be older. */
export async function buildPage(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-page-"));
	await promisify(execFile)(
		process.execPath,
		[VITE, "build", "--logLevel", "warn", "--outDir", folder, "--emptyOutDir", join(ROOT, "src/console/app")],
		// A process of its own, because React would be built for developers where NODE_ENV says "test".
		{ cwd: ROOT, env: { ...process.env, NODE_ENV: "production" } },
	);
	return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
