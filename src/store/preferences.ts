import type { Database } from "./database.ts";

export type Preferences = Readonly<Record<string, string>>;

/** What a person set in the console; nothing so far: empty. */
export async function readPreferences(db: Database, person: string): Promise<Preferences> {
	const statement = "SELECT c.preferences FROM reward_outbox.console_preferences c WHERE c.person = $1";
	return (await db.query<{ preferences: Preferences }>(statement, [person])).rows[0]?.preferences ?? {};
}

export async function savePreferences(db: Database, person: string, preferences: Preferences): Promise<void> {
	await db.query("SELECT reward_outbox.save_preferences($1, $2)", [person, JSON.stringify(preferences)]);
}
