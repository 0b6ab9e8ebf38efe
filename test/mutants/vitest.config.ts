import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** For tests that need no PostgreSQL: it is not started. */
export default defineConfig({
	test: {
		root: join(import.meta.dirname, "../.."),
		include: ["test/**/*.test.ts"],
		exclude: ["**/node_modules/**"],
		pool: "forks",
		maxWorkers: 1,
		testTimeout: 20_000,
		hookTimeout: 60_000,
	},
});
