import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let built: string | undefined;

/**
 * The command line as it is published: compiled, in a directory of its own that is deleted at the end. Run from source it would do the same
 * work, with Node's compiler for types in memory beside it, about 27 MiB.
 */
export function builtCli(): string {
	built ??= build();
	return built;
}

function build(): string {
	const directory = mkdtempSync(join(tmpdir(), "reward-outbox-bench-build-"));
	process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
	const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
	const settings = ["-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(directory, "dist")];
	execFileSync(process.execPath, [compiler, ...settings], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
	for (const name of ["package.json", "migrations"])
		cpSync(join(ROOT, name), join(directory, name), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"), "junction");
	return join(directory, "dist", "cli.js");
}
