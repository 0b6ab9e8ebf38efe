import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "./page.ts";
import { picture } from "./picture.ts";
import { readRecorded } from "./recorded.ts";
import { wrap } from "./wrap.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

/** The files of the ledger, as what is recorded makes them. */
export function ledger(): readonly { readonly path: string; readonly text: string }[] {
	const recorded = readRecorded();
	return [
		{ path: join(DOCS, "reliability.md"), text: wrap(page(recorded)) },
		{ path: join(DOCS, "images/reliability.svg"), text: picture(recorded.campaigns) },
	];
}

export function writeLedger(): void {
	for (const { path, text } of ledger()) writeFileSync(path, text);
}
