import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let built: string | undefined;

/**
 * The command line as it is published: built, with what it needs in it, in a directory of its own that is deleted at
 * the end.
 */
export function builtCli(): string {
	built ??= build();
	return built;
}

function build(): string {
	const directory = mkdtempSync(join(tmpdir(), "reward-outbox-bench-build-"));
	process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
	execFileSync(process.execPath, [join(ROOT, "scripts", "build.ts"), join(directory, "dist")], {
		cwd: ROOT,
		stdio: ["ignore", "inherit", "inherit"],
	});
	for (const name of ["package.json", "migrations"])
		cpSync(join(ROOT, name), join(directory, name), { recursive: true });
	return join(directory, "dist", "cli.js");
}
