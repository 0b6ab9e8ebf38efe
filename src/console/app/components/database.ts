const PAGES = /^\/databases\/([A-Za-z0-9][\w.-]*)\/console(?:\/|$)/;

/** Among many databases the one whose console this is; null: it is the only one, or this page is about all. */
export const DATABASE: string | null = PAGES.exec(globalThis.location?.pathname ?? "")?.[1] ?? null;

/** What everything of this database stands below. */
export const PLACE = DATABASE === null ? "" : `/databases/${DATABASE}`;

/** A page of another database's console: another document, since everything in this one is about this one. */
export function pageOf(database: string, path = "/"): string {
	return `/databases/${database}/console${path}`;
}
