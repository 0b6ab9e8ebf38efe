import { execFile as execFileCallback } from "node:child_process";
import { chmod, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);

/** Filled block by block, as others write at the same time. */
const SPARE_BYTES = 8_000_000;

/** A file system of its own, in memory, that can be filled to the last byte. Needs the right to mount. */
export class SmallDisk implements AsyncDisposable {
	readonly folder: string;

	/** Null: nothing may be mounted here. */
	static async mount(megabytes: number): Promise<SmallDisk | null> {
		const folder = await mkdtemp(join(tmpdir(), "reward-outbox-disk-"));
		try {
			await execFile("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "reward-outbox-test", folder]);
			await chmod(folder, 0o777);
			return new SmallDisk(folder);
		} catch {
			await rm(folder, { recursive: true });
			return null;
		}
	}

	private constructor(folder: string) {
		this.folder = folder;
	}

	get #filling(): string {
		return join(this.folder, "filling");
	}

	/** To the last block, whatever others write meanwhile. */
	async fill(): Promise<void> {
		const { bavail, bsize } = await statfs(this.folder);
		const most = Math.max(0, bavail * bsize - SPARE_BYTES);
		if (most > 0) await execFile("fallocate", ["-l", String(most), this.#filling]).catch(isFull);
		const rest = ["if=/dev/zero", `of=${this.#filling}`, "oflag=append", "conv=notrunc", "bs=4k"];
		await execFile("dd", rest).catch(isFull);
	}

	async free(): Promise<void> {
		await rm(this.#filling, { force: true });
	}

	async [Symbol.asyncDispose](): Promise<void> {
		// Lazily: what a killed process still has open goes with it.
		await execFile("umount", ["-l", this.folder]);
		await rm(this.folder, { recursive: true, force: true });
	}
}

function isFull(error: Error): void {
	if (!/No space left on device/.test(error.message)) throw error;
}
