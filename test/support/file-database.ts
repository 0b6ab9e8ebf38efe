import { afterAll, beforeAll } from "vitest";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { expectNoLeaks, openSockets } from "./leaks.ts";

/**
 * One database for the whole test file: created before its tests, checked for leaks and dropped after them. Call at the
 * top of the file or of a `describe`; read `.current` inside tests.
 */
export function useTestDatabase(): { readonly current: TestDatabase } {
	let database: TestDatabase | undefined;
	let socketsBefore = 0;
	beforeAll(async () => {
		socketsBefore = openSockets();
		database = await createTestDatabase();
	});
	afterAll(async () => {
		if (!database) return;
		try {
			await expectNoLeaks(database, socketsBefore);
		} finally {
			await database.drop();
		}
	});
	return {
		get current() {
			if (!database) throw new Error("the test database exists only while tests run");
			return database;
		},
	};
}
