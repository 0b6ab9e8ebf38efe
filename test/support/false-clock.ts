import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A clock that can be set, for a process that is started with this environment. Its monotonic clock stays true. */
export class FalseClock implements Disposable {
	readonly env: Readonly<Record<string, string>>;
	readonly #folder: string;

	/** Null: libfaketime is not installed. */
	static find(): FalseClock | null {
		const [library] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");
		return library === undefined ? null : new FalseClock(library);
	}

	private constructor(library: string) {
		this.#folder = mkdtempSync(join(tmpdir(), "reward-outbox-clock-"));
		this.env = {
			LD_PRELOAD: library,
			FAKETIME_TIMESTAMP_FILE: join(this.#folder, "time"),
			FAKETIME_CACHE_DURATION: "1",
			FAKETIME_DONT_FAKE_MONOTONIC: "1",
			DONT_FAKE_MONOTONIC: "1",
			NO_FAKE_STAT: "1",
		};
		this.set(0);
	}

	/** Seconds that it is ahead of the true time. It notices within a second. */
	set(aheadSeconds: number): void {
		writeFileSync(join(this.#folder, "time"), `${aheadSeconds < 0 ? "" : "+"}${aheadSeconds}`);
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
