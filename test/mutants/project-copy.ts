import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Mutant, planted } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The project in a directory of its own, where bugs are planted; the checkout is only read. */
export class ProjectCopy implements AsyncDisposable {
	/** What tests leave behind goes here, and goes with it. */
	readonly temporary: string;
	readonly root: string;
	readonly #base: string;

	private constructor(base: string) {
		this.#base = base;
		this.root = join(base, "project");
		this.temporary = join(base, "tmp");
	}

	/** Copies what git knows of or would add, and links to what is installed. */
	static async make(): Promise<ProjectCopy> {
		const copy = new ProjectCopy(await mkdtemp(join(tmpdir(), "reward-outbox-mutants-")));
		try {
			// PostgreSQL runs as another user than root, and has its files in there.
			await chmod(copy.#base, 0o755);
			await mkdir(copy.temporary, { mode: 0o777 });
			await chmod(copy.temporary, 0o1777);
			for (const file of await filesOfProject()) await copy.#take(file);
			await copy.#link();
			return copy;
		} catch (error) {
			await copy[Symbol.asyncDispose]();
			throw error;
		}
	}

	/** Plants a bug, and takes it out again at the end of its scope. */
	async plant(mutant: Mutant): Promise<AsyncDisposable> {
		const path = join(this.root, mutant.file);
		const source = await readFile(path, "utf8");
		await writeFile(path, planted(mutant, source));
		return { [Symbol.asyncDispose]: () => writeFile(path, source) };
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await rm(this.#base, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
	}

	async #take(file: string): Promise<void> {
		await mkdir(dirname(join(this.root, file)), { recursive: true });
		// Deleted, and git has not been told.
		await copyFile(join(ROOT, file), join(this.root, file)).catch((error) => {
			if (error.code !== "ENOENT") throw error;
		});
	}

	/** One link for each package: what tools keep in node_modules stays in the copy. */
	async #link(): Promise<void> {
		await mkdir(join(this.root, "node_modules"));
		for (const name of await readdir(join(ROOT, "node_modules"))) {
			if (name.startsWith(".") && name !== ".bin") continue;
			await symlink(join(ROOT, "node_modules", name), join(this.root, "node_modules", name));
		}
	}
}

async function filesOfProject(): Promise<string[]> {
	const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
	const { stdout } = await promisify(execFile)("git", list, { cwd: ROOT, maxBuffer: 16 << 20 });
	return stdout.split("\0").filter((file) => file !== "");
}
