import type { Remembered } from "../store/identity.ts";

/** Where a relay keeps what it remembers of its database, so that the next one knows it too. A few hundred bytes. */
export interface StateFile {
	/** Null: there is none yet. */
	read(): Promise<Remembered | null>;
	write(remembered: Remembered): Promise<void>;
}
